"""A plugin for the fault suite: an explainer that takes its time, and writes down each time that it begins."""

import os
import time
from pathlib import Path
from types import MappingProxyType

import numpy as np

from whyrec import Attribution, Explainer, hookimpl


class Slow(Explainer):
    """Leave one out. ``log`` gets a line, number and process, for each cell that is begun.

    It then sleeps, and multiplies matrices ``products`` times.
    """

    name = "slow"
    summary = "leave one out, slowly"
    additive = False
    needs = MappingProxyType({"history": ()})

    def __init__(
        self, *, number: int = 0, seconds: float = 0.3, log: Path = Path("log"), megabytes: int = 0, products: int = 0
    ) -> None:
        self.number = number
        self.seconds = seconds
        self.log = log
        self.megabytes = megabytes
        self.products = products

    def _explain(self, model, games, rngs):
        if len(games) > 2:  # the second look at whether it keeps to its seed is no beginning
            with self.log.open("a") as log:
                log.write(f"{self.number} {os.getpid()}\n")
            np.ones(self.megabytes * 2**17)
            time.sleep(self.seconds)
            matrix = np.eye(200)
            for _ in range(self.products):
                matrix = matrix @ matrix
        for game in games:
            without = game.values(~np.eye(game.n_players, dtype=bool))
            yield Attribution(self.number + (game.full_value - without).T, game.base_value)


@hookimpl
def whyrec_explainers():
    return [Slow]
