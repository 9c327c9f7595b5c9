"""What holds for the explainers that search, leave out, compare and pair: company, seeds and chunks change no digit."""

import numpy as np
import pytest

from whyrec import UnsupportedError, evaluation
from whyrec_plugins.explainers import _field
from whyrec_plugins.explainers.counterfactual import Counterfactual
from whyrec_plugins.explainers.greedy_rank import GreedyRank
from whyrec_plugins.explainers.interactions import Interactions
from whyrec_plugins.explainers.leave_one_out import LeaveOneOut
from whyrec_plugins.explainers.search import Search
from whyrec_plugins.explainers.similarity import Cosine, Jaccard

EXPLAINERS = [
    LeaveOneOut(),
    Counterfactual(k=3),
    Counterfactual(k=3, direction="keep", exact_below=1),
    GreedyRank(k=3),
    Search(metric="pos", k=3, exact_below=4),
    Search(metric="ins", exact_below=1),
    Interactions(exact_below=3, rounds=4),
    Cosine(),
    Jaccard(),
]
KINDS = [("history", None), ("interests", "genre"), ("interests", "behavior"), ("features", None)]


def told(explanations):
    return {(e.user_id, e.item_id): (e.values.tobytes(), e.note, e.pairs) for e in explanations}


@pytest.mark.parametrize("name", ["Linear", "Pooled", "ByFeatures"])
@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_company_chunks_and_runs_change_no_digit(toys, monkeypatch, explainer, name, kind, by):
    model = getattr(toys, name)().fit(toys.world(scale="log"), seed=1)
    if explainer.refuses(model, kind):
        with pytest.raises(UnsupportedError):
            explainer.explain(model, toys.games(model, kind=kind, by=by))
        return
    everybody = explainer.explain(model, toys.games(model, kind=kind, by=by), seed=5)
    assert all(np.isfinite(e.values).all() for e in everybody)
    assert told(explainer.explain(model, toys.games(model, kind=kind, by=by), seed=5)) == told(everybody)
    monkeypatch.setattr(evaluation, "CELLS", 40)
    monkeypatch.setattr(_field, "_CELLS", 40)
    monkeypatch.setattr(_field, "_MOVES", 1)
    some = explainer.explain(model, toys.games(model, kind=kind, by=by, users=[6, 2]), seed=5)
    assert told(some).items() <= told(everybody).items()


@pytest.mark.parametrize("name", ["Linear", "Pooled"])
@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_the_first_item_is_explained_alike_beside_others(toys, explainer, name):
    model = getattr(toys, name)().fit(toys.world())
    one = explainer.explain(model, toys.games(model, users=[5], k=1))
    five = explainer.explain(model, toys.games(model, users=[5], k=5))
    np.testing.assert_allclose(five[0].values, one[0].values, rtol=1e-9, atol=1e-12)
    if one[0].pairs is not None:
        assert [p[:2] for p in five[0].pairs] == [p[:2] for p in one[0].pairs]
        np.testing.assert_allclose([p[2] for p in five[0].pairs], [p[2] for p in one[0].pairs], atol=1e-12)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_an_empty_history_has_an_explanation_without_players(toys, explainer):
    model = toys.Pooled().fit(toys.world())
    found = explainer.explain(model, toys.games(model, users=[0, 3], k=2))
    assert [len(e.values) for e in found[:2]] == [0, 0]
    assert len(found[2].values) > 0
