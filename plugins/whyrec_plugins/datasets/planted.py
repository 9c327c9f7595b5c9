"""Planted: small worlds whose scores are written down, so that exact Shapley values are known for any history."""

from __future__ import annotations

from math import sqrt
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, ConfigError, Dataset, DataSource, Features, Index, PlantedTruth
from whyrec_plugins.datasets._planted_world import Roles, World, lengths_between, live, plant

GROUPS, TAGS = 8, 6


class Planted(DataSource):
    """A world with a planted function, for the recommender ``oracle``: a test bench for explainers.

    Scores are a bias, plus a sum over the items of the history (each item carries 16 numbers, and each target wants
    16), plus products of two items, or of more. All worlds but ``additive`` and ``pooled`` have products.

    - ``additive``: only the sum
    - ``interactions``: the sum and products
    - ``duplicates``: items come in pairs that are the same; who has met one has met the other, as much. By symmetry
      they deserve equal values
    - ``inert``: every third item adds nothing to any score, nor to any product: a dummy, worth 0
    - ``popularity``: a few popular items stand in every history, the more the higher a user's score of one other item
      is, but add nothing: a confounder, worth 0
    - ``pooled``: the mean instead of the sum, as in networks that pool a history: items crowd each other out

    The interest in an item lies between 0.5 and 1.5. The lengths of histories are spread evenly on a logarithmic
    scale from ``shortest`` to ``longest``, so that some can be enumerated and others not. Items have one of 8 groups,
    and one or two of 6 tags.

    Parameters
    ----------
    world : which of them
    users, items : how many
    shortest, longest : numbers of items in a history
    strength : size of the products of q items, for each q, relative to the sum's, in a history of usual length
    order : products of 2 items up to so many
    """

    name: ClassVar[str] = "planted"
    summary: ClassVar[str] = "made worlds whose scores and exact Shapley values are known, for the oracle"

    def __init__(
        self,
        *,
        world: World = "interactions",
        users: Annotated[int, Field(ge=1, le=1_000_000)] = 200,
        items: Annotated[int, Field(ge=20, le=1_000_000)] = 500,
        shortest: Annotated[int, Field(ge=1, le=100_000)] = 8,
        longest: Annotated[int, Field(ge=1, le=100_000)] = 200,
        strength: Annotated[float, Field(ge=0, le=100)] = 1.0,
        order: Annotated[int, Field(ge=2, le=6)] = 2,
    ) -> None:
        self.world = world
        self.users = users
        self.items = items
        self.shortest = shortest
        self.longest = longest
        self.strength = strength
        self.order = order

    def _load(self, seed: int) -> Dataset:
        if not self.shortest <= self.longest <= self.items // 2:
            raise ConfigError(
                f"planted: histories of {self.shortest} to {self.longest} out of {self.items} items",
                hint="shortest ≤ longest ≤ items / 2 must hold, so that enough is left to recommend",
            )
        for_items, for_users, for_features = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
        roles = Roles.of(self.world, self.items, self.shortest)
        usual = sqrt(self.shortest * self.longest)
        function = plant(self.world, roles, usual=usual, strength=self.strength, order=self.order, rng=for_items)
        lengths = lengths_between(self.shortest, self.longest, self.users, for_users)
        histories = live(roles, function, lengths, for_users)
        return Dataset(
            name=f"{self.name}: {self.world}",
            users=Index(_ids("u", self.users), "user"),
            catalog=Catalog(
                Index(_ids("i", self.items), "item"), {"": roles.titles()}, _features(self.items, for_features)
            ),
            histories=histories,
            report=CleaningReport(histories.n_events, histories.n_events),
            interest_by="group",
            truth=PlantedTruth(function=function),
        )


def _ids(letter: str, n: int) -> tuple[str, ...]:
    width = len(str(n - 1))
    return tuple(f"{letter}{number:0{width}}" for number in range(n))


def _features(n_items: int, rng: np.random.Generator) -> Features:
    """A group for each item, and one or two tags; they have nothing to do with the scores."""
    tags = rng.integers(TAGS, size=(n_items, 2))
    columns = np.column_stack([rng.integers(GROUPS, size=n_items), GROUPS + tags])
    rows = np.repeat(np.arange(n_items), columns.shape[1])
    matrix = csr_array((np.ones(columns.size), (rows, columns.ravel())), shape=(n_items, GROUPS + TAGS))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return Features(
        matrix,
        ("group",) * GROUPS + ("tag",) * TAGS,
        tuple(f"group {letter}" for letter in "ABCDEFGH") + tuple(f"tag {letter}" for letter in "UVWXYZ"),
        {"group": "category", "tag": "multi"},
    )
