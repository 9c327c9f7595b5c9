"""The smallest set of players that passes enough rivals on a linear model: branch and bound over sorted margins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray

_HARDEST = 400  # rivals that a bound looks at, where nearly all have to be passed
_CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Passing:
    """Choose players so that Σ gain[j, r] over them exceeds ``need[r]`` for at least ``goal`` rivals r.

    Taking an item out of the top K asks for K rivals above it: need is its lead over each, gain what it loses
    against each with a player's removal. Keeping it there asks for all rivals but K − 1 below it.

    Parameters
    ----------
    gain : (n, R), need : (R,)
    works : whether sets (m, n) truly work, (m,): the last word, where sums come out equal but for rounding
    """

    gain: FloatArray
    need: FloatArray
    goal: int
    works: Callable[[BoolArray], BoolArray]

    def smallest(self, limit: int, most: int) -> tuple[IntArray | None, bool]:
        """The smallest set of at most ``limit`` players, and whether that is proven; None if there is none.

        For one rival the answer is the shortest prefix of its sorted gains. For several at once, that gives a lower
        bound on the size: at least ``goal`` rivals must each be within reach of some set so large. From there, sizes
        are tried one by one: partial sets grow player by player, and those are cut that cannot bring enough
        rivals within reach any more. Gives up, with None and False, after ``most`` partial sets.
        """
        n = len(self.gain)
        if self.works(np.zeros((1, n), bool))[0]:
            return np.zeros(0, np.int64), True
        left = most
        for size in range(1, min(limit, n) + 1):
            narrowed = self._narrowed(size)
            if narrowed is None:
                continue
            found, visited = _Level.of(narrowed, size).search(left)
            left -= visited
            if found is not None:
                return found, True
            if left <= 0:
                return None, False
        return None, True

    def _narrowed(self, size: int) -> Passing | None:
        """Only the rivals that ``size`` players may or may not pass; None if too few are within reach of so many.

        Margins of rounding make the cuts err on the safe side.
        """
        slack = 1e-9 * (np.abs(self.gain).max(initial=0.0) * size + np.abs(self.need))
        highest, lowest = self.gain.max(axis=0, initial=0.0), self.gain.min(axis=0, initial=0.0)
        within = np.flatnonzero(highest * size >= self.need - slack)
        if len(within) < self.goal:
            return None
        surely = within[lowest[within] * size > self.need[within] + slack[within]]
        open_ = np.setdiff1d(within, surely)
        ordered = np.sort(self.gain[:, open_], axis=0)
        most, least = ordered[-size:].sum(axis=0), ordered[:size].sum(axis=0)
        reached = most >= self.need[open_] - slack[open_]
        sure = least > self.need[open_] + slack[open_]
        kept = open_[reached & ~sure]
        goal = self.goal - len(surely) - int(sure.sum())
        if len(kept) < goal:
            return None
        return Passing(self.gain[:, kept], self.need[kept], goal, self.works)


@dataclass(frozen=True, eq=False)
class _Level:
    """The search among the sets of one size.

    order : players, most promising first; gain, need as in ``task`` but in that order
    bound : (size, n + 1, H) the most that q + 1 players from position j on add to each watched rival
    """

    task: Passing
    size: int
    order: IntArray
    gain: FloatArray
    watched: IntArray
    bound: FloatArray
    slack: FloatArray

    @classmethod
    def of(cls, task: Passing, size: int) -> _Level:
        n, rivals = task.gain.shape
        best = np.sort(task.gain, axis=0)[-size:].sum(axis=0) - task.need
        spare = rivals - task.goal
        easy = np.argsort(-best, kind="stable")
        # Those that are easily passed say little where nearly all must be; where few must be, all are watched.
        watched = easy if rivals <= _HARDEST or spare > _HARDEST // 2 else easy[-_HARDEST:]
        wanted = easy[: max(task.goal, 1)] if task.goal <= rivals // 2 else easy
        order = np.argsort(-task.gain[:, wanted].sum(axis=1), kind="stable")
        gain = task.gain[order]
        seen = gain[:, watched]
        bound = np.full((size, n + 1, len(watched)), -np.inf)
        top = np.full((size, len(watched)), -np.inf)
        for j in range(n - 1, -1, -1):
            top = np.sort(np.concatenate([top, seen[j : j + 1]]), axis=0)[::-1][:size]
            bound[:, j] = np.cumsum(top, axis=0)
        slack = 1e-9 * (np.abs(seen).max(initial=0.0) * size + np.abs(task.need[watched]))
        return cls(task, size, order, gain, watched, bound, slack)

    def search(self, most: int) -> tuple[IntArray | None, int]:
        """A set that passes enough rivals, or None; and how many partial sets were looked at."""
        n, rivals = self.gain.shape
        block = max(1, _CELLS // max(1, rivals * 4))
        waiting: list[tuple[IntArray, FloatArray]] = [(np.zeros((1, 0), np.int64), np.zeros((1, rivals)))]
        visited = 0
        while waiting:
            sets, sums = waiting.pop()
            depth = sets.shape[1]
            left = self.size - depth - 1  # to be chosen after the next one
            first = sets[:, -1] + 1 if depth else np.zeros(1, np.int64)
            parent, player = np.nonzero(np.arange(n - left) >= first[:, None])
            if visited + len(parent) > most:
                return None, most
            visited += len(parent)
            blocks = []
            for start in range(0, len(parent), block):
                mine, chosen = parent[start : start + block], player[start : start + block]
                found = self._grown(sets[mine], sums[mine] + self.gain[chosen], chosen, left)
                if left == 0 and (whole := self._first(found[0])) is not None:
                    return whole, visited
                if left and len(found[0]):
                    blocks.append(found)
            waiting += blocks[::-1]
        return None, visited

    def _grown(self, sets: IntArray, sums: FloatArray, chosen: IntArray, left: int) -> tuple[IntArray, FloatArray]:
        """Of sets that took one more player, those that may still succeed, most promising first."""
        reach = sums[:, self.watched]
        if left:
            reach = reach + self.bound[left - 1, chosen + 1]
        passed = np.count_nonzero(reach >= self.task.need[self.watched] - self.slack, axis=1)
        passed += sums.shape[1] - len(self.watched)
        good = np.flatnonzero(passed >= self.task.goal)
        good = good[np.argsort(-passed[good], kind="stable")]
        return np.concatenate([sets[good], chosen[good, None]], axis=1), sums[good]

    def _first(self, sets: IntArray) -> IntArray | None:
        """The first of some whole sets that truly works."""
        chosen = np.zeros((len(sets), len(self.order)), bool)
        chosen[np.arange(len(sets))[:, None], self.order[sets]] = True
        good = np.flatnonzero(self.task.works(chosen)) if len(sets) else sets
        return np.flatnonzero(chosen[good[0]]) if len(good) else None
