"""Each check of the explainers' contract catches an explainer that breaks just that promise."""

from math import factorial

import numpy as np
import pytest

from whyrec import Attribution, Explainer, ScoresFeatures, UnsupportedError
from whyrec.testing import ExplainerContract


class Good(Explainer):
    """Keeps every promise: Shapley values by enumerating all coalitions."""

    name = "good"
    summary = "exact Shapley values"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}
    exact = True

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def _explain(self, model, games, rngs):
        for g, game in enumerate(games):
            n = game.n_players
            present = (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1
            worth = game.values(present)
            sizes = present.sum(axis=1)
            fact = np.array([factorial(k) for k in range(n + 1)], float)
            inside = fact[np.maximum(sizes - 1, 0)] * fact[n - sizes] / fact[n]
            outside = fact[sizes] * fact[np.maximum(n - sizes - 1, 0)] / fact[n]
            values = np.where(present, inside[:, None], -outside[:, None]).T @ worth
            yield self.changed(Attribution(values.T, worth[0], np.zeros(values.T.shape)), game, rngs[g], games)

    def changed(self, told, game, rng, games):
        return told


def moved(told, values):
    return Attribution(np.asarray(values), told.base, told.std_error)


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 3) -> None:
        self.size = 2 * size


class Pets(Good):
    """explains a kind of players that there is not"""

    needs = {"history": (), "pets": ()}


class NoRanks(Good):
    """raises for a target that it did not refuse"""

    def changed(self, told, game, rng, games):
        if game.target == "rank":
            raise UnsupportedError("no ranks")
        return told


class Leaky(Good):
    """loses a hundredth of what it shares out"""

    def changed(self, told, game, rng, games):
        return moved(told, 0.99 * told.values)


class ShiftedBase(Good):
    """starts from another base, and makes the first player pay"""

    def changed(self, told, game, rng, games):
        values = told.values.copy()
        values[:, 0] -= 1.0
        return Attribution(values, told.base + 1.0)


class Equal(Good):
    """shares what moved equally"""

    def changed(self, told, game, rng, games):
        return moved(told, np.repeat(told.values.mean(axis=1, keepdims=True), game.n_players, axis=1))


class Generous(Good):
    """gives everybody, also those who did nothing, a little of each"""

    def changed(self, told, game, rng, games):
        mean = told.values.mean(axis=1, keepdims=True)
        return moved(told, 0.9 * told.values + 0.1 * mean)


class Positional(Good):
    """prefers who stands first"""

    def changed(self, told, game, rng, games):
        lean = np.linspace(0.1, -0.1, game.n_players) if game.n_players > 1 else np.zeros(1)
        return moved(told, told.values + lean * np.abs(told.values).max(axis=1, keepdims=True))


class Unsure(Good):
    """has negative standard errors"""

    def changed(self, told, game, rng, games):
        return Attribution(told.values, told.base, np.full(told.values.shape, -1.0))


class Unseeded(Good):
    """draws random numbers of its own"""

    def changed(self, told, game, rng, games):
        noise = np.random.default_rng().normal(0.0, 1e-3, told.values.shape)
        return moved(told, told.values + noise - noise.mean(axis=1, keepdims=True))


class Crowded(Good):
    """says something else the more users stand beside"""

    def changed(self, told, game, rng, games):
        lean = np.zeros(game.n_players)
        lean[:1], lean[-1:] = 1e-3 * len(games), -1e-3 * len(games)
        return moved(told, told.values + (lean if game.n_players > 1 else 0.0))


class Pairwise(Good):
    """cannot explain a history of one item"""

    def changed(self, told, game, rng, games):
        if game.n_players < 2:
            raise ValueError("two players are needed")
        return told


class Numpy(Good):
    """puts numpy's numbers where JSON has its own"""

    def changed(self, told, game, rng, games):
        pairs = [((np.int64(0), np.int64(0), np.float32(0.1)),)] * len(told.values)
        return Attribution(told.values, told.base, told.std_error, pairs=pairs)


class Scribbler(Good):
    """changes the history that it explains"""

    def changed(self, told, game, rng, games):
        game.history.weights[:] += 1.0
        return told


class Trainer(Good):
    """changes the model that it explains"""

    def changed(self, told, game, rng, games):
        game.model._c[5] += 1.0  # an item that is not explained
        return told


class Printer(Good):
    """prints its progress"""

    def changed(self, told, game, rng, games):
        print("explaining")
        return told


MUTANTS = [
    ("settings", OwnSettings, "default size=3 is stored as 6"),
    ("needs", Pets, r"needs names players \['history', 'pets'\]"),
    ("refuses_what_it_cannot", NoRanks, r"refuses\(\) is None, but history, rank, drop: no ranks"),
    ("completeness", Leaky, "CompletenessError: good on kit-open: the values for user"),
    ("base_and_full", ShiftedBase, "base of history on kit-open"),
    ("known_answers", Equal, "history on kit-open, user u1: .* instead of"),
    ("dummy", Generous, "an item that moves no score gets"),
    ("symmetry", Positional, "two items that move every score alike get"),
    ("standard_errors", Unsure, r"history on kit-open: \[-1"),
    ("same_seed_same_values", Unseeded, "a second time"),
    ("chunks", Crowded, "one by one"),
    ("ragged", Pairwise, "ValueError: two players are needed"),
    ("json", Numpy, "int64"),
    ("inputs_untouched", Scribbler, r"explain\(\) wrote into the Histories"),
    ("inputs_untouched", Trainer, "the model's scores afterwards"),
    ("process_untouched", Printer, r"explain\(\) printed 'explaining\\n"),
]


def contract(plugin):
    return type("Kit", (ExplainerContract,), {"plugin": plugin})()


def test_the_good_one_passes() -> None:
    found = list(contract(Good).run())
    assert {c.name: c.reason for c in found if c.state != "ok"} == {}


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)


@pytest.mark.parametrize("plugin", [Equal, Generous, Positional], ids=lambda v: v.__name__)
def test_values_without_a_promise_are_measured_roughly(plugin) -> None:
    """An explainer that is neither additive nor exact may be off by a common factor, and by a quarter, not by more."""
    rough = type(plugin.__name__, (plugin,), {"additive": False, "exact": False})
    states = {c.name: c.state for c in contract(rough).run() if c.name in ("known answers", "dummy", "symmetry")}
    assert ("failed" in states.values()) == (plugin is Equal)


def test_an_order_has_no_known_values() -> None:
    ordinal = type("Ordinal", (Equal,), {"additive": False, "ordinal": True})
    states = {c.name: (c.state, c.reason) for c in contract(ordinal).run()}
    for name in ("known answers", "dummy", "symmetry"):
        assert states[name] == ("skipped", "values of good only tell an order")
