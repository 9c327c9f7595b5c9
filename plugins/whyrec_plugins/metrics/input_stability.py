"""Input stability: whether a little less history gives a very different explanation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, Explanation, FloatArray, Game, Histories, Measure, Metric
from whyrec_plugins.metrics._again import distinct, explained_again, retold


class InputStability(Metric):
    """Relative input stability: the change of an explanation, relative to the change of the history that brought it.

    A neighbor x′ of a history x lacks one event, drawn at random. With φ and φ′ the values of the players that both
    have (matched by id), and x and x′ the interests: max over neighbors of (‖φ − φ′‖ / ‖φ‖) ÷ (‖x − x′‖ / ‖x‖). The
    paper divides entry by entry; here the norms are divided, since values next to 0 would decide everything.
    The same explainer explains the same items with the same seed; the figure mixes how steady the model is with how
    steady the explainer is, and is for comparing explainers of one model.

    Undefined for histories of fewer than two events, where no value is left or all are 0, and for neighbors whose
    interest is that of the history itself.

    Parameters
    ----------
    neighbors : how many are drawn for each user
    """

    name = "input-stability"
    summary = "does a slightly different history give a different explanation?"
    needs = frozenset({"explainer"})

    def __init__(self, *, neighbors: Annotated[int, Field(ge=1)] = 3) -> None:
        self.neighbors = neighbors

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                "input_stability",
                "lower",
                "max_x′ (‖φ − φ′‖ / ‖φ‖) ÷ (‖x − x′‖ / ‖x‖)",
                "0 …",
                "after Agarwal et al., Rethinking Stability for Attribution-based Explanations (2022), eq. 2 (RIS)",
            ),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        worst = np.full(len(evidence.explanations), np.nan)
        games, firsts = distinct(evidence.games)
        long = [(g, e) for g, e in zip(games, firsts, strict=True) if g.history.n_events > 1]
        if evidence.explainer is None or not long:
            return {"input_stability": worst}
        model = games[0].model
        for r in range(self.neighbors):
            near = [retold(g, model, _neighbor(g, r, evidence.seed)) for g, _ in long]
            again = explained_again(evidence.explainer, model, near, evidence.seed)
            if again is None:
                break
            for (game, start), changed, told in zip(long, near, again, strict=True):
                moved = _moved(game.history, changed.history)
                for e, after in enumerate(told, start):
                    change = _change(evidence.explanations[e], after)
                    if moved > 0 and not np.isnan(change):
                        worst[e] = np.fmax(worst[e], change / moved)
        return {"input_stability": worst}


def _neighbor(game: Game, r: int, seed: int) -> Histories:
    """The history without one event; all games of a user lose the same."""
    gone = np.random.default_rng([seed, game.row, r]).integers(game.history.n_events)
    return game.history.keep(np.arange(game.history.n_events) != gone)


def _moved(before: Histories, after: Histories) -> float:
    """‖x − x′‖ / ‖x‖."""
    size = float(np.linalg.norm(before.interest.data))
    return float(np.linalg.norm((before.interest - after.interest).data)) / size if size > 0 else 0.0


def _change(before: Explanation, after: Explanation) -> float:
    """‖φ − φ′‖ / ‖φ‖ over the players of both."""
    place = {name: i for i, name in enumerate(after.player_ids)}
    both = [(i, place[name]) for i, name in enumerate(before.player_ids) if name in place]
    if not both:
        return float("nan")
    mine, theirs = np.array(both).T
    size = float(np.linalg.norm(before.values[mine]))
    return float(np.linalg.norm(before.values[mine] - after.values[theirs])) / size if size > 0 else float("nan")
