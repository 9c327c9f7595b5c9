"""Conduct: what strangers' code did to its surroundings. It is put back, and told: the data, the model, the process."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse

from whyrec.comparison.cast import Part
from whyrec.dataset import Dataset, Split
from whyrec.histories import Histories

_LARGE = 256 * 2**20  # bytes of a model beyond which it is not compared with itself
_DEPTH = 5
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_ROUNDS = 10  # of children, grandchildren, …
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGCHLD")
    if hasattr(signal, name)
)


class Conduct:
    """Watches one task at a time. Bundled plugins are trusted: with them, things are only put back."""

    def __init__(self, split: Split) -> None:
        self._data = list(_of_data(split))
        self._data_sum = _checksum(self._data)
        self._cwd, self._env = Path.cwd(), dict(os.environ)
        self._handlers = {s: signal.getsignal(s) for s in _SIGNALS}
        self._found: tuple[Part, str] | None = None
        self._part: Part | None = None
        self._model: object | None = None
        self._model_sums: dict[str, int] = {}

    def begin(self, model: object | None) -> None:
        """A task begins, with a model in hand or without."""
        self._found = self._part = None
        self._random = _random_state()
        self._model, self._model_sums = None, {}
        self._see(model)

    def turn(self, part: Part, model: object | None = None) -> None:
        """Another part goes to work: what the last one did to the process is its own doing.

        ``model`` is the one in hand by now: it may have been loaded since the task began.
        """
        self._check()
        self._part = part
        if model is not self._model:
            self._see(model)

    def end(self, model: object | None, parts: Sequence[Part]) -> tuple[Part, str] | None:
        """The first complaint about a stranger, if there is one."""
        self._check()
        strangers = [p for p in parts if p.is_stranger]
        if not strangers:
            return self._found
        suspect = next((p for p in strangers if p.kind == "explainer"), strangers[0])
        left = end_children()
        if self._found is not None:
            return self._found
        if left:
            return suspect, f"left {left} process{'es' * (left > 1)} behind; ended"
        if _checksum(self._data) != self._data_sum:
            return suspect, "changed the data that it was given"
        if any(p.kind != "recommender" for p in strangers) and model is self._model and self._model_sums:
            now = dict(_of_model(model))  # what has come since is the model's own, such as what it remembers
            if any(path not in now or _checksum([now[path]]) != was for path, was in self._model_sums.items()):
                return suspect, "changed the model that it was given"
        return None

    # -- inside -----------------------------------------------------------------------------------------

    def _see(self, model: object | None) -> None:
        if model is None:
            return
        arrays = dict(_of_model(model))
        self._model, self._model_sums = model, {}
        if sum(a.nbytes for a in arrays.values()) <= _LARGE:
            self._model_sums = {path: _checksum([array]) for path, array in arrays.items()}

    def _check(self) -> None:
        """Put the process back as it was; a stranger's deed is noted."""
        what = self._process()
        if what and self._part is not None and self._part.is_stranger and self._found is None:
            self._found = self._part, what

    def _process(self) -> str | None:
        what = None
        now, before = _random_state(), self._random
        if now[1:] != before[1:] or not np.array_equal(now[0], before[0]):
            what = "moved the global random numbers; draw from the generators that are handed over"
            np.random.set_state(("MT19937", before[0], before[1], 0, 0.0))  # noqa: NPY002  plugins may use it
            random.setstate(before[2])
        try:
            moved = Path.cwd() != self._cwd
        except OSError:
            moved = True
        if moved:
            what = "changed the current directory"
            os.chdir(self._cwd)
        if dict(os.environ) != self._env:
            changed = sorted(k for k, value in self._env.items() if os.environ.get(k) != value)
            if changed:  # packages add variables when they are imported; that is nobody's fault
                what = f"changed the environment: {', '.join(changed[:3])}"
                os.environ.update(self._env)
            self._env = dict(os.environ)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) != handler:
                what = f"replaced the handler of {signal.Signals(number).name}"
                with suppress(TypeError, ValueError, OSError):
                    signal.signal(number, handler)
        return what


def _random_state() -> tuple[np.ndarray[Any, Any], int, Any]:
    """The global generators of numpy and Python: to see who moves them."""
    state: Any = np.random.get_state()  # noqa: NPY002  the global ones are what is looked at
    return state[1], state[2], random.getstate()


def _checksum(arrays: Sequence[np.ndarray[Any, Any]]) -> int:
    total = 0
    for array in arrays:
        total = zlib.crc32(np.ascontiguousarray(array).data.cast("B"), total)
    return total


def _of_data(split: Split) -> Iterator[np.ndarray[Any, Any]]:
    h, features = split.train.histories, split.train.catalog.features
    yield from (a for a in (h.indptr, h.items, h.weights, h.behaviors, h.times) if a is not None and a.size)
    for matrix in (h.interest, split.test, None if features is None else features.matrix):
        yield from (array for _, array in _of(matrix, 1))


def _of_model(model: object) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    yield from _of(vars(model), _DEPTH)


def _of(value: Any, depth: int, path: str = "") -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays of numbers inside of a value, and where each stands in it."""
    if isinstance(value, np.ndarray):
        if value.size and value.dtype.kind in "biuf":
            yield path, value
    elif issparse(value):
        for name in ("data", "indices", "indptr"):
            yield from _of(getattr(value, name, None), depth, f"{path}/{name}")
    elif depth and not isinstance(value, Dataset | Histories):
        if isinstance(value, dict):
            inner: Any = value.items()
        elif isinstance(value, list | tuple):
            inner = enumerate(value)
        else:
            inner = vars(value).items() if hasattr(value, "__dict__") and not isinstance(value, type) else ()
        for name, one in list(inner):
            yield from _of(one, depth - 1, f"{path}/{name}")


def adopt_orphans() -> None:
    """Become the parent of whatever this process's children leave behind, where the system knows such a thing."""
    try:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError, TypeError):
        return


def end_children() -> int:
    """End all children of this process, and theirs; how many there were. 0 where the system does not tell."""
    ended: set[int] = set()
    for _ in range(_ROUNDS):
        left = _children() - ended
        if not left:
            break
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        ended |= left
    return len(ended)


def _children() -> set[int]:
    """Living children of any thread of this process."""
    found: set[int] = set()
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208  read for every cell: it should be quick
            with suppress(OSError), open(f"/proc/self/task/{thread}/children") as file:  # noqa: PTH123  read for every cell: it should be quick
                found.update(int(pid) for pid in file.read().split())
    return {pid for pid in found if not _is_zombie(pid)}


def _is_zombie(pid: int) -> bool:
    with suppress(OSError, IndexError), open(f"/proc/{pid}/stat", errors="replace") as file:  # noqa: PTH123  read for every cell: it should be quick
        return file.read().rpartition(")")[2].split()[0] == "Z"
    return True
