"""Twelve kinds of misbehavior, as plugins; the number before each is that of the list."""

import contextlib
import ctypes
import multiprocessing
import os
import random
import signal
import subprocess
import time
from types import MappingProxyType

import numpy as np

from whyrec import Attribution, Explainer, Recommender, hookimpl


class Bad(Explainer):
    """Leave one out, were it not for ``spoil``."""

    additive = False
    needs = MappingProxyType({"history": ()})

    def spoil(self, model, games):
        pass

    def attribution(self, game):
        without = game.values(~np.eye(game.n_players, dtype=bool))
        return Attribution((game.full_value - without).T, game.base_value)

    def _explain(self, model, games, rngs):
        self.spoil(model, games)
        return [self.attribution(game) for game in games]


class Imports(Bad):
    """1: what it needs raises on import."""

    name = "imports"

    def spoil(self, model, games):
        import whyrec_bad_import  # noqa: F401  importing it is the deed


class Scores(Recommender):
    """A sound model, for the bad ones to spoil."""

    def _fit(self, data, rng, progress):
        self._W = rng.normal(size=(data.n_items, data.n_items))

    def _score(self, histories, items):
        scores = histories.interest @ self._W
        return scores if items is None else scores[:, items]


class Unfit(Scores):
    """2"""

    name = "unfit"

    def _fit(self, data, rng, progress):
        raise ValueError("no fit today")


class Choosy(Bad):
    """3: raises for some users."""

    name = "choosy"

    def attribution(self, game):
        if game.row % 3 == 0:
            raise KeyError(f"row {game.row}")
        return super().attribution(game)


class Hangs(Bad):
    """4: and does not listen to SIGTERM."""

    name = "hangs"

    def spoil(self, model, games):
        self.lock = multiprocessing.RLock()  # as tqdm makes one; who is killed cannot put it away
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)


class Exits(Bad):
    """5: as if all were well."""

    name = "exits"

    def spoil(self, model, games):
        self.lock = multiprocessing.RLock()
        os._exit(0)


class Crashes(Bad):
    """5: a segmentation fault."""

    name = "crashes"

    def spoil(self, model, games):
        ctypes.string_at(0)


class Eats(Bad):
    """6: memory."""

    name = "eats"

    def spoil(self, model, games):
        eaten = []
        while True:
            eaten.append(np.ones(2**24))


class NaN(Scores):
    """7: a model's scores."""

    name = "nan"

    def _score(self, histories, items):
        return super()._score(histories, items) * np.nan


class Infinite(Bad):
    """7: an explainer's values."""

    name = "infinite"

    def attribution(self, game):
        found = super().attribution(game)
        return Attribution(found.values + np.inf, found.base)


class Misshapen(Bad):
    """8"""

    name = "misshapen"

    def attribution(self, game):
        found = super().attribution(game)
        return Attribution(found.values[:, :-1], found.base)


class Narrow(Scores):
    """8: scores for too few items."""

    name = "narrow"

    def _score(self, histories, items):
        return super()._score(histories, items)[:, :-1]


class Typed(Bad):
    """9: something else than attributions."""

    name = "typed"

    def _explain(self, model, games, rngs):
        return ["because"] * len(games)


class Endless(Bad):
    """9"""

    name = "endless"

    def _explain(self, model, games, rngs):
        while True:
            yield self.attribution(games[0])


class Scoreless(Scores):
    """9: a generator in place of scores."""

    name = "scoreless"

    def _score(self, histories, items):
        while True:
            yield np.zeros(len(histories))


class Meddles(Bad):
    """10: with the data it was given."""

    name = "meddles"

    def spoil(self, model, games):
        model.data.histories.weights[:] = 1e9


class Meddling(Bad):
    """10: with a model that others use."""

    name = "meddling"

    def spoil(self, model, games):
        for value in vars(model).values():
            if isinstance(value, np.ndarray):
                value[:] = 0


class Wanders(Bad):
    """10: the global random numbers, the folder and the environment are everybody's."""

    name = "wanders"

    def spoil(self, model, games):
        np.random.seed(0)
        random.seed(0)
        os.environ["HOME"] = "/elsewhere"
        os.chdir("/")


class Litters(Bad):
    """11: prints, takes signals, leaves a process behind."""

    name = "litters"

    def spoil(self, model, games):
        print("LITTER " * 1000)
        os.write(1, b"LITTER\n" * 1000)
        signal.signal(signal.SIGINT, lambda number, frame: None)
        child = subprocess.Popen(["sleep", "300"], close_fds=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.05)


class Leaves(Bad):
    """11: a process behind, and nothing else."""

    name = "leaves"

    def spoil(self, model, games):
        self.child = subprocess.Popen(["sleep", "300"], close_fds=True)


class Dices(Bad):
    """12: at one seed, something else each time."""

    name = "dices"

    def attribution(self, game):
        found = super().attribution(game)
        return Attribution(found.values + np.random.default_rng().normal(size=found.values.shape), found.base)


class Unequal(Bad):
    """12: says that its values add up, and they do not."""

    name = "unequal"
    additive = True

    def attribution(self, game):
        found = super().attribution(game)
        return Attribution(found.values + 1, found.base)


class Fickle(Scores):
    """12: a model that scores alike histories otherwise the next time."""

    name = "fickle"

    def _score(self, histories, items):
        scores = super()._score(histories, items)
        return scores + np.random.default_rng().normal(size=scores.shape)


@hookimpl
def whyrec_recommenders():
    return [Unfit, NaN, Narrow, Scoreless, Fickle]


@hookimpl
def whyrec_explainers():
    return [
        Imports, Choosy, Hangs, Exits, Crashes, Eats, Infinite, Misshapen, Typed, Endless, Meddles, Meddling, Wanders,
        Litters, Leaves, Dices, Unequal,
    ]  # fmt: skip
