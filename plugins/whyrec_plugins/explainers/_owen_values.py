"""Owen values of memberships in interests: over all coalitions, or over random orders that keep interests together."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from whyrec import BoolArray, FloatArray, Game, IntArray
from whyrec_plugins.explainers._enumeration import every_coalition, shapley_operator
from whyrec_plugins.explainers._structure import Structure


def cost(structure: Structure) -> float:
    """The binary logarithm of how many coalitions :func:`enumerated` asks."""
    return float(np.logaddexp2.reduce(structure.sizes) + structure.n_unions - 1)


def enumerated(structure: Structure, game: Game) -> FloatArray:
    """(L, K) exactly (Owen 1977, *Values of Games with a Priori Unions*).

    A member of a union gets the mean over sets Q of other unions, weighted as in a Shapley value of the unions,
    of its Shapley value in the game of its own union's subsets S beside Q: v(Q ∪ S).
    """
    m, found = structure.n_unions, np.zeros((len(structure.union), len(game.items)))
    others, size = every_coalition(m - 1), every_coalition(m - 1).sum(axis=1)
    weights = np.array([factorial(q) * factorial(m - q - 1) / factorial(m) for q in range(m)])[size]
    for i, n in enumerate(structure.sizes.tolist()):
        inside = every_coalition(n)
        beside = np.insert(others, i, False, axis=1)[:, structure.union]  # (2^(m−1), L)
        asked = np.repeat(beside, len(inside), axis=0)
        own = slice(structure.first[i], structure.first[i] + n)
        asked[:, own] = np.tile(inside, (len(others), 1))
        values = game.values(structure.units(asked)).reshape(len(others), len(inside), -1)
        found[own] = shapley_operator(n) @ np.tensordot(weights, values, axes=1)
    return found


def of_unions(structure: Structure, game: Game) -> FloatArray:
    """(m, K) Shapley values of the unions, by all their coalitions."""
    m = structure.n_unions
    values = game.values(structure.units(every_coalition(m)[:, structure.union]))
    found: FloatArray = shapley_operator(m) @ values
    return found


@dataclass(frozen=True, eq=False)
class Orders:
    """Random orders of memberships in which those of one interest follow one another; each also backwards.

    A unit comes with the last membership that it rests on, and what it adds is that membership's.

    unit_order : (t, U) the units as they come
    payee : (t, U) to which membership each of them, in that order, adds
    """

    structure: Structure
    unit_order: IntArray
    payee: IntArray

    @classmethod
    def draw(cls, structure: Structure, pairs: int, rng: np.random.Generator) -> Orders:
        """``pairs`` orders, then the same ones backwards."""
        n_pairs, m = len(structure.union), structure.n_unions
        key = rng.permuted(np.tile(np.arange(m), (pairs, 1)), axis=1)[:, structure.union] + rng.random((pairs, n_pairs))
        order = np.argsort(key, axis=1)
        order = np.concatenate([order, order[:, ::-1]])
        place = np.argsort(order, axis=1)
        unit, membership = np.nonzero(structure.rests)
        comes = np.maximum.reduceat(
            place[:, membership], np.searchsorted(unit, np.arange(len(structure.rests))), axis=1
        )
        unit_order = np.argsort(comes, axis=1, kind="stable")
        payee = np.take_along_axis(order, np.take_along_axis(comes, unit_order, axis=1), axis=1)
        return cls(structure, unit_order.astype(np.int64), payee.astype(np.int64))

    @property
    def coalitions(self) -> BoolArray:
        """(t·(U − 1), U) the units there after each arrival but the last, order after order."""
        rank = np.argsort(self.unit_order, axis=1)
        n = rank.shape[1]
        there: BoolArray = rank[:, None, :] < np.arange(1, n)[:, None]
        return there.reshape(-1, n)

    def added(self, values: FloatArray, base: FloatArray, full: FloatArray) -> FloatArray:
        """(t / 2, L, K) what each membership adds, the mean of an order and the same backwards.

        values (t·(U − 1), K) of ``coalitions``; base, full (K,) of nobody and everybody.
        """
        t, n = self.unit_order.shape
        k = len(base)
        ends = np.broadcast_to(base, (t, 1, k)), np.broadcast_to(full, (t, 1, k))
        steps = np.diff(np.concatenate([ends[0], values.reshape(t, n - 1, k), ends[1]], axis=1), axis=1)
        out = np.zeros((t, len(self.structure.union), k))
        np.add.at(out, (np.arange(t)[:, None], self.payee), steps)
        both: FloatArray = (out[: t // 2] + out[t // 2 :]) / 2
        return both
