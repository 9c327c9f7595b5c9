"""The contract of explainers: who did what is known on the kit's models, and only the seed decides the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from whyrec.capabilities import CAPABILITIES
from whyrec.errors import UnsupportedError
from whyrec.explainer import COMPLETENESS, Explainer
from whyrec.explanation import Explanation
from whyrec.game import REMOVALS, Game, games_for
from whyrec.histories import Histories
from whyrec.players import PLAYER_KINDS
from whyrec.testing.check import Contract, near, need, skip
from whyrec.testing.models import DUMMY, TWINS, Bent, Closed, Open
from whyrec.testing.untouched import inputs_untouched, process_untouched
from whyrec.testing.world import world
from whyrec.types import FloatArray

TARGETS = ("score", "probability", "margin@3", "margin-near", "rank")
_BY = {"interests": "brand"}
_HISTORIES: tuple[tuple[int, ...], ...] = (
    (),
    (DUMMY, *TWINS, 3, 7, 9),
    (5,),
    (DUMMY, 4),
    (1, *TWINS, 6, 10, DUMMY, 14),
)


class ExplainerContract(Contract):
    """What every explainer must hold, on models of the kit's own that have every capability, or none.

    ``rough``: how far values of an explainer that is neither additive nor exact may be from the known ones, relative to
    the largest, and up to a common factor, since regularization shrinks. Explainers that are ``ordinal`` have none.
    """

    plugin: ClassVar[type[Explainer]]
    rough: ClassVar[float] = 0.25

    def models(self) -> list[Any]:
        """Fitted models to be explained: one open, one a black box, one not additive."""
        return self.shared("models", lambda: [m().fit(world(), seed=3) for m in (Open, Closed, Bent)])

    def games(self, model: Any, kind: str, **asked: Any) -> list[Game]:
        """Games of five users with 0, 6, 1, 2 and 7 items in their histories, about three items each."""
        data, rows = model.data, range(len(_HISTORIES))
        items = np.concatenate([np.array(h, np.int64) for h in _HISTORIES])
        owners = np.repeat(rows, [len(h) for h in _HISTORIES])
        weights = np.where(np.isin(items, TWINS), 0.8, 0.4 + 0.1 * np.arange(len(items)))
        histories = Histories.from_events(
            owners, items, weights, n_rows=len(rows), n_items=data.n_items,
            behaviors=np.arange(len(items)) % 3, times=10**9 + np.arange(len(items)),
            behavior_names=data.histories.behavior_names,
        )  # fmt: skip
        best = np.tile(np.array([16, 0, 11], np.int64), (len(rows), 1))
        by = _BY.get(kind)
        return games_for(model, histories, best, kind=kind, by=by, users=data.users.ids[: len(rows)], **asked)

    # -- what it says of itself ---------------------------------------------------------------------------

    def test_needs(self) -> None:
        """``needs`` names kinds of players, each with capabilities that there are."""
        needs = self.plugin.needs
        need(bool(needs) and set(needs) <= set(PLAYER_KINDS), f"needs names players {sorted(needs)}")
        for kind, wanted in needs.items():
            strange = [c for c in wanted if c not in CAPABILITIES]
            need(not strange, f"needs[{kind!r}] names {strange}, which are no capabilities")
        need(any(True for _ in self._pairs()), "it refuses every model of the kit: override models()")

    def test_refuses_what_it_cannot(self) -> None:
        """What ``refuses`` gives a reason for raises UnsupportedError; everything else is explained."""
        for model in self.models():
            for kind in PLAYER_KINDS:
                for target, removal in ((t, r) for t in TARGETS for r in REMOVALS):
                    asked = {"target": target, "removal": removal}
                    try:
                        games = self.games(model, kind, **asked)[:3]
                    except UnsupportedError:
                        continue
                    refused = self.make().refuses(model, kind, **asked)
                    try:
                        found = self.make().explain(model, games)
                    except UnsupportedError as error:
                        need(refused is not None, f"refuses() is None, but {kind}, {target}, {removal}: {error}")
                    else:
                        need(refused is None, f"refuses() says {refused!r}, but it explains")
                        need(len(found) == sum(len(g.items) for g in games), "an item has no explanation")

    # -- values -------------------------------------------------------------------------------------------

    def test_completeness(self) -> None:
        """Values of an additive explainer sum to what the score moved."""
        if not self.plugin.additive:
            skip(f"{self.plugin.name} does not promise that values add up")
        for where, found in self._all():
            worst = max(found, key=lambda e: e.gap)
            need(worst.gap <= COMPLETENESS, f"{where}: the gap is {worst.gap:.3g} for user {worst.user_id}")

    def test_base_and_full(self) -> None:
        """An additive explainer's base is the score with nobody present, and the full value is what ranked the item."""
        if not self.plugin.additive:
            skip(f"{self.plugin.name} does not promise a base")
        for model, kind in self._pairs():
            games = self.games(model, kind)
            bases = np.concatenate([g.base_value for g in games])
            found = [e.base_value for e in self._explained(model, games)]
            near(found, bases, f"base of {kind} on {model.name}", relative=1e-6)

    def test_known_answers(self) -> None:
        """On an additive model each player gets what it adds: the answer is known."""
        self._skip_unknown()
        for model, kind in self._pairs(additive=True):
            games = self.games(model, kind)
            explained = iter(self._explained(model, games))
            for game in games:
                for wanted in _answers(game):
                    self._near(next(explained).values, wanted, f"{kind} on {model.name}, user {game.user_id}")

    def test_dummy(self) -> None:
        """Who moves nothing gets nothing, on models that are additive and on one that is not."""
        self._skip_unknown()
        for values, place in self._of_history((DUMMY,)):
            scale = float(np.abs(values).max())
            need(
                bool(np.abs(values[place[0]]) <= self._allowed * scale + 1e-12),
                f"an item that moves no score gets {values[place[0]]:.4g} where the largest value is {scale:.4g}",
            )

    def test_symmetry(self) -> None:
        """Two who move every score alike get alike, on models that are additive and on one that is not."""
        self._skip_unknown()
        for values, place in self._of_history(TWINS):
            one, other = values[place[0]], values[place[1]]
            need(
                bool(abs(one - other) <= self._allowed * np.abs(values).max() + 1e-12),
                f"two items that move every score alike get {one:.6g} and {other:.6g}",
            )

    def test_standard_errors(self) -> None:
        """Standard errors, where there are any, are finite and not negative."""
        for where, found in self._all():
            for e in found:
                if e.std_error is not None:
                    need(bool((np.isfinite(e.std_error) & (e.std_error >= 0)).all()), f"{where}: {e.std_error}")

    # -- nothing but the seed -----------------------------------------------------------------------------

    def test_same_seed_same_values(self) -> None:
        """The same seed gives the same values, whoever draws random numbers beside."""
        for model, kind in self._pairs():
            first = self.make().explain(model, self.games(model, kind), seed=5)
            np.random.random(3)  # noqa: NPY002  somebody else
            again = self.make().explain(model, self.games(model, kind), seed=5)
            _alike(again, first, f"{kind} on {model.name}: a second time")

    def test_chunks(self) -> None:
        """A user explained alone, or in another order, gets the same explanation as beside others."""
        for model, kind in self._pairs():
            together = self.make().explain(model, self.games(model, kind), seed=5)
            games = self.games(model, kind)[::-1]
            apart = [self.make().explain(model, [g], seed=5) for g in games][::-1]
            _alike([e for part in apart for e in part], together, f"{kind} on {model.name}: one by one")

    def test_ragged(self) -> None:
        """Histories of length 0 and 1 stand beside longer ones; each has its explanation, nobody's is empty."""
        for where, found in self._all():
            lengths = [len(e.values) for e in found]
            if not where.startswith("features"):
                need(lengths[:3] == [0, 0, 0], f"{where}: an empty history has {lengths[0]} players")
                need(lengths[6:9] == [1, 1, 1], f"{where}: one item has {lengths[6]} players")
            need(min(lengths[3:6]) > 1, f"{where}: six items have {lengths[3]} players")

    def test_json(self) -> None:
        """An explanation turned into JSON and back is the same, digit for digit."""
        for where, found in self._all():
            for e in found:
                told = e.to_dict()
                again = Explanation.from_dict(json.loads(json.dumps(told, allow_nan=False)))
                need(again.to_dict() == told, f"{where}: the explanation changes on its way through JSON")

    # -- nothing else -------------------------------------------------------------------------------------

    def test_inputs_untouched(self) -> None:
        """Histories, items and the model are as before."""
        for model, kind in self._pairs():
            games = self.games(model, kind)
            before = model.score(model.data.histories).copy()
            with inputs_untouched("explain()", model.data, *(g.history for g in games), *(g.items for g in games)):
                self.make().explain(model, games)
            near(model.score(model.data.histories), before, "the model's scores afterwards", relative=1e-12)

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        for model, kind in self._pairs():
            games = self.games(model, kind)
            with process_untouched("explain()"):
                self.make().explain(model, games)

    # -- inside -------------------------------------------------------------------------------------------

    def _pairs(self, *, additive: bool = False) -> Iterator[tuple[Any, str]]:
        """The models and kinds of players that it explains."""
        for model in self.models():
            for kind in self.plugin.needs:
                if self.make().refuses(model, kind) is None and not (additive and isinstance(model, Bent)):
                    yield model, kind

    def _all(self) -> Iterator[tuple[str, list[Explanation]]]:
        for model, kind in self._pairs():
            yield f"{kind} on {model.name}", self._explained(model, self.games(model, kind))

    def _explained(self, model: Any, games: list[Game]) -> list[Explanation]:
        kind = games[0].players.kind
        return self.shared(f"{model.name} {kind}", lambda: self.make().explain(model, games, seed=2))

    def _of_history(self, items: tuple[int, ...]) -> Iterator[tuple[FloatArray, list[int]]]:
        """The values of players ``history`` where all the items are among them, and their places."""
        for model, kind in self._pairs():
            if kind != "history" or (isinstance(model, Bent) and not self.plugin.exact):
                continue
            for e in self._explained(model, self.games(model, kind)):
                ids = [model.data.catalog.items[i] for i in items]
                if set(ids) <= set(e.player_ids):
                    yield e.values, [e.player_ids.index(i) for i in ids]

    @property
    def _allowed(self) -> float:
        return 1e-6 if self.plugin.additive or self.plugin.exact else self.rough

    def _near(self, found: FloatArray, wanted: FloatArray, what: str) -> None:
        if not (self.plugin.additive or self.plugin.exact):
            size = float(found @ found)
            factor = float(found @ wanted) / size if size > 0 else 1.0
            need(factor > 0 or not len(found), f"{what}: the values point the other way")
            found = found * factor
        near(found, wanted, what, relative=self._allowed)

    def _skip_unknown(self) -> None:
        if self.plugin.ordinal:
            skip(f"values of {self.plugin.name} only tell an order")


def _answers(game: Game) -> Iterator[FloatArray]:
    """(n_players,) for each item of a game on an additive model: what each player adds to its score."""
    model: Any = game.model
    players, interest = game.players, game.history.interest
    if players.kind == "features":
        taste = model.taste(game.history)[0] * model.data.catalog.features.matrix[game.items].toarray()
        yield np.asarray(players.membership @ taste[0])
        return
    added = interest.data[:, None] * model.effects(game.items)[interest.indices]
    # Each event of these histories is the only one of its item, and belongs to one player.
    share = added if players.kind == "history" else players.membership @ added[game.history.entry_of_event]
    yield from np.asarray(share).T


def _alike(found: list[Explanation], wanted: list[Explanation], what: str) -> None:
    need(len(found) == len(wanted), f"{what}: {len(found)} explanations instead of {len(wanted)}")
    for a, b in zip(found, wanted, strict=True):
        near(a.values, b.values, f"{what}, user {b.user_id}, item {b.item_id}", relative=1e-9)
