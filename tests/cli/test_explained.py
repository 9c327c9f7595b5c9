"""The page of explanations says what an explainer has to say in words."""

import numpy as np

from whyrec import Explanation
from whyrec_cli.explained import page


def test_notes_stand_under_the_explainers_name():
    told = Explanation(
        user_id="u",
        item_id="i9",
        title="Nine",
        kind="history",
        player_ids=("i0",),
        players=("Zero",),
        values=np.zeros(1),
        base_value=0.0,
        full_value=1.0,
        recommender="ease",
        explainer="counterfactual",
        additive=False,
        note="no removal takes it out of the top 10",
    )
    made = page({"cf": [told]}, {}, history=None, top=5, model="ease")
    assert "cf: Nine: no removal takes it out of the top 10" in made.notes
    assert made.data[0]["note"] == told.note
