"""The contract of metrics: a figure for each explanation, in its range; true ones are not judged worse than false."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import csr_array

from whyrec.explainer import Attribution, Explainer, Streams
from whyrec.explanation import Explanation
from whyrec.game import Game, games_for
from whyrec.metric import Evidence, Metric, Ranking, RankingMetric
from whyrec.ranking import top_k
from whyrec.recommender import Recommender
from whyrec.testing.check import Contract, near, need, skip
from whyrec.testing.models import Closed
from whyrec.testing.untouched import process_untouched
from whyrec.testing.world import N_ITEMS, NOBODY, world
from whyrec.types import FloatArray, IntArray

KINDS = ("history", "interests")
_NUMBER = r"[−-]?\d+(?:\.\d+)?"


class True_(Explainer):  # noqa: N801  the name True is taken
    """What the score loses without each player: exact on an additive model."""

    name = "kit-true"
    summary = "leave one out"
    needs: ClassVar[dict[str, tuple[type, ...]]] = {"history": (), "interests": (), "features": ()}
    additive = False

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> Iterable[Attribution]:
        for game in games:
            lost = game.full_value - game.values(~np.eye(game.n_players, dtype=bool))
            yield Attribution(self._told(lost.T), game.base_value)

    def _told(self, values: FloatArray) -> FloatArray:
        return values


class Reversed(True_):
    """The same values the other way round: the best player gets what the worst deserves."""

    name = "kit-reversed"
    summary = "leave one out, reversed"

    def _told(self, values: FloatArray) -> FloatArray:
        order = np.argsort(values, axis=1, kind="stable")
        told = np.empty_like(values)
        np.put_along_axis(told, order, np.take_along_axis(values, order[:, ::-1], axis=1), axis=1)
        return told


class MetricContract(Contract):
    """What every metric must hold, of explanations (Metric) or of recommendations (RankingMetric).

    True explanations of an additive black box are judged beside the same values in reversed order; for rankings, lists
    that hold the test items beside the same lists given to other users.
    """

    plugin: ClassVar[type[Metric] | type[RankingMetric]]

    # -- the cards ----------------------------------------------------------------------------------------

    def test_cards(self) -> None:
        """Every figure has a card of its own: name, direction, formula, range."""
        cards = self.make().cards()
        need(bool(cards), "measures() gives no card")
        names = [c.name for c in cards]
        need(len(set(names)) == len(names), f"a name stands twice among {names}")
        for card in cards:
            need(card.better in ("higher", "lower", None), f"{card.name}: better is {card.better!r}")
            need(bool(card.formula) and bool(card.range), f"{card.name}: the card gives no formula or range")

    # -- the figures --------------------------------------------------------------------------------------

    def test_one_value_each(self) -> None:
        """One figure for each explanation; a metric of rankings gives one for each user, or one for all."""
        for where, found, rows in self._judged(True_):
            for name, values in found.items():
                fits = (rows,) if issubclass(self.plugin, Metric) else values.shape if values.shape == (1,) else (rows,)
                need(values.shape == fits, f"{name} over {where}: {values.shape[0]} figures for {rows}")

    def test_range(self) -> None:
        """Every figure lies in the range that its card declares."""
        cards = {c.name: c for c in self.make().cards()}
        for explainer in (True_, Reversed):
            for where, found, _ in self._judged(explainer):
                for name, values in found.items():
                    low, high = bounds(cards[name].range)
                    there = values[~np.isnan(values)]
                    least, most = there.min(initial=np.inf), there.max(initial=-np.inf)
                    need(
                        bool(least >= low - 1e-9 and most <= high + 1e-9),
                        f"{name} over {where} goes from {least:.6g} to {most:.6g}; its card says {cards[name].range!r}",
                    )

    def test_defined(self) -> None:
        """On the kit's own data at least one figure is defined for somebody."""
        values = [v for _, found, _ in self._judged(True_) for v in found.values()]
        need(any(bool((~np.isnan(v)).any()) for v in values), "every figure is undefined for everybody")

    def test_undefined_is_nan(self) -> None:
        """Never a silent 0: NaN where there are no players, or no held-out items, that the figure depends on."""
        if not issubclass(self.plugin, Metric):
            one, other = (self.make().measure(self._ranking(np.arange(6), test=t)) for t in (0, 1))
            for name, values in self.make().measure(self._ranking(np.zeros(1, np.int64), nothing=True)).items():
                if len(one[name]) == 6 and not np.array_equal(one[name], other[name]):
                    need(bool(np.isnan(values).all()), f"{name} is {values[0]:.6g} for a user without held-out items")
            return
        for kind in KINDS:
            good, bad = (self._measured(e, kind) for e in (True_, Reversed))
            nobody = np.array([not e.players for e in self._evidence(True_, kind).explanations])
            for name, values in good.items():
                told = ~(np.isnan(values) | np.isnan(bad[name]))
                if np.allclose(values[told], bad[name][told]):
                    continue
                some = values[nobody][~np.isnan(values[nobody])]
                need(not some.size, f"{name} over {kind} is {some[:1]} for an explanation without players")

    def test_direction(self) -> None:
        """True explanations (or rankings with the test items) are not judged worse than reversed (or wrong) ones."""
        cards = {c.name: c for c in self.make().cards() if c.better is not None and c.harmonic is None}
        if not cards:
            skip(f"no figure of {self.plugin.name} has a direction")
        for (where, good, _), (_, bad, _) in zip(self._judged(True_), self._judged(Reversed), strict=True):
            for name, card in cards.items():
                both = ~(np.isnan(good[name]) | np.isnan(bad[name]))
                if not both.any():
                    continue
                one, other = good[name][both], bad[name][both]
                gain = (one - other) * (1.0 if card.better == "higher" else -1.0)
                # Chance may favor the reversed ones on a handful of users, but not clearly.
                chance = 2 * float(gain.std()) / len(gain) ** 0.5
                need(
                    float(gain.mean()) >= -chance - 1e-9,
                    f"{name} over {where}: {one.mean():.4g} for true ones, {other.mean():.4g} for reversed; "
                    f"its card says that {card.better} is better",
                )

    # -- nothing else -------------------------------------------------------------------------------------

    def test_same_again(self) -> None:
        """The same evidence gives the same figures, whoever draws random numbers beside."""
        before = [found for _, found, _ in self._judged(True_)]
        np.random.random(3)  # noqa: NPY002  somebody else
        for found, (where, again, _) in zip(before, self._judged(True_, fresh=True), strict=True):
            for name, values in found.items():
                _same(again[name], values, f"{name} over {where} a second time")

    def test_chunks(self) -> None:
        """A user judged alone has the same figures as beside others."""
        if not issubclass(self.plugin, Metric):
            whole = self.make().measure(self._ranking(np.arange(6)))
            alone = [self.make().measure(self._ranking(np.array([r]))) for r in range(6)]
            for name, values in whole.items():
                if len(values) == 6:
                    _same(np.concatenate([a[name] for a in alone]), values, f"{name}, user by user")
            return
        for kind in KINDS:
            whole = self._measured(True_, kind)
            evidence = self._evidence(True_, kind)
            user = [g.user_id for g in evidence.games]
            for one in ("u7", "u8"):
                part = self.make().measure(self._evidence(True_, kind, users=np.array([int(one[1:])])))
                for name, values in part.items():
                    _same(values, whole[name][np.array(user) == one], f"{name} over {kind}, user {one} alone")

    def test_inputs_untouched(self) -> None:
        """Explanations, histories and rankings are as before."""
        if not issubclass(self.plugin, Metric):
            ranking = self._ranking(np.arange(6))
            before = ranking.recommendations.items.copy(), ranking.test.toarray()
            self.make().measure(ranking)
            kept = np.array_equal(ranking.recommendations.items, before[0])
            need(kept and np.array_equal(ranking.test.toarray(), before[1]), "the metric wrote into the ranking")
            return
        for kind in KINDS:
            evidence = self._evidence(True_, kind)
            told = [e.values.copy() for e in evidence.explanations]
            weights = evidence.data.histories.weights.copy()
            self.make().measure(evidence)
            for e, values in zip(evidence.explanations, told, strict=True):
                need(np.array_equal(e.values, values), f"the metric changed the explanation of {e.user_id}")
            need(np.array_equal(evidence.data.histories.weights, weights), "the metric changed the histories")

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        asked = (
            [self._evidence(True_, kind) for kind in KINDS]
            if issubclass(self.plugin, Metric)
            else [self._ranking(np.arange(6))]
        )
        for one in asked:
            with process_untouched("measure()"):
                self.make().measure(one)

    # -- inside -------------------------------------------------------------------------------------------

    def _judged(
        self, explainer: type[Explainer], *, fresh: bool = False
    ) -> list[tuple[str, dict[str, FloatArray], int]]:
        """Where, the figures, and how many there should be."""
        if not issubclass(self.plugin, Metric):
            users = np.arange(12)
            ranking = self._ranking(users, wrong=explainer is Reversed)
            return [("rankings", self.make().measure(ranking), len(users))]
        out = []
        for kind in KINDS:
            found = self._measured(explainer, kind, fresh=fresh)
            out.append((kind, found, len(self._evidence(explainer, kind).explanations)))
        return out

    def _measured(self, explainer: type[Explainer], kind: str, *, fresh: bool = False) -> dict[str, FloatArray]:
        def measure() -> dict[str, FloatArray]:
            found: dict[str, FloatArray] = self.make().measure(self._evidence(explainer, kind))
            return found

        return measure() if fresh else self.shared(f"{explainer.name} {kind}", measure)

    def _model(self) -> Recommender:
        return self.shared("model", lambda: Closed().fit(world(), seed=3))

    def _evidence(self, explainer: type[Explainer], kind: str, users: IntArray | None = None) -> Evidence:
        """Explanations of the three best items of some users, the first of whom has no history."""
        model = self._model()
        data = model.data
        users = np.array([NOBODY, 1, 5, 6, 7, 8, 9, 18, 19]) if users is None else users
        histories = data.histories.take(users)
        items = model.top(histories, 3).items
        names = [data.users[u] for u in users]
        by = "genre" if kind == "interests" else None
        games = games_for(model, histories, items, kind=kind, by=by, users=names, rows=users)
        made = explainer()
        told = made.explain(model, games)
        return Evidence(
            data,
            [g for g in games for _ in g.items],
            [k for g in games for k in range(len(g.items))],
            told,
            repeats=[told, *(made.explain(model, games, seed=s) for s in (1, 2))],
            place=[k for g in games for k in range(len(g.items))],
            others={"kit-other": [_other(e) for e in told]},
            explainer=made,
        )

    def _ranking(self, rows: IntArray, *, wrong: bool = False, nothing: bool = False, test: int = 0) -> Ranking:
        """Most of each user's held-out items stand first; ``wrong``: each gets the list of another with other items."""
        data = world()
        items, owners = np.arange(N_ITEMS)[None, :], np.arange(data.n_users)[:, None]
        held = np.where((items + owners) % (2 + owners % 3) == 0, 1.0, 0.0)
        held[NOBODY] = 0.0
        scores = held * (items % 4 > 0) + 0.01 * np.arange(N_ITEMS)[::-1]
        users = rows + 1 if not nothing else np.zeros(len(rows), np.int64)
        lists = scores[np.roll(users, 1) if wrong else users]
        return Ranking(data, top_k(lists, 10), csr_array(np.roll(held, test, axis=1)[users]), users)


def bounds(text: str) -> tuple[float, float]:
    """The least and the largest number that a card's range allows: ``0 … 1``, ``−1 … 1``, ``0 or 1``, ``0 …``."""
    found = re.match(rf"({_NUMBER}) ?(?:…|or) ?({_NUMBER})?", text)
    if not found:
        return -np.inf, np.inf
    low, high = found.groups()
    return float(low.replace("−", "-")), np.inf if high is None else float(high.replace("−", "-"))


def _other(e: Explanation) -> FloatArray:
    return e.values + 0.1 * np.sin(np.arange(len(e.values)))


def _same(found: FloatArray, wanted: FloatArray, what: str) -> None:
    need(found.shape == wanted.shape, f"{what}: shape {found.shape}, not {wanted.shape}")
    need(np.array_equal(np.isnan(found), np.isnan(wanted)), f"{what}: other figures are undefined")
    there: Any = ~np.isnan(wanted)
    near(found[there], wanted[there], what, relative=1e-9)
