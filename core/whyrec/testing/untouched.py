"""Watching what a plugin has no business with: its inputs, and the state of the whole process."""

from __future__ import annotations

import contextlib
import hashlib
import io
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from whyrec.dataset import Dataset
from whyrec.histories import Histories
from whyrec.testing.check import need

_LIBRARIES = ("TF_", "TF2_", "TPU_", "KMP_", "KERAS_", "XLA_", "CUDA_", "OMP_")
"""Environment that well-known packages set for themselves while they are imported."""


@contextlib.contextmanager
def process_untouched(doing: str) -> Iterator[None]:
    """Raise Failed if what runs inside moves anything that all code of the process shares, or prints."""
    before, said = _process(), io.StringIO()
    with contextlib.redirect_stdout(said):
        yield
    for what, value in _process().items():
        need(value == before[what], f"{doing} changed {what}")
    need(not said.getvalue(), f"{doing} printed {said.getvalue()[:60]!r}; say it by progress(share, text)")


def _process() -> dict[str, Any]:
    numpy = np.random.get_state(legacy=False)  # noqa: NPY002  the one that must not be used
    return {
        "numpy's global random numbers": repr(numpy),
        "Python's global random numbers": hash(random.getstate()),
        "the current folder": Path.cwd(),
        "the environment": {k: v for k, v in os.environ.items() if not k.startswith(_LIBRARIES)},
        "signal handlers": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
        "sys.path": list(sys.path),
        "numpy's error settings": np.geterr(),
        "child processes": [c.pid for c in multiprocessing.active_children()],
    }


@contextlib.contextmanager
def inputs_untouched(doing: str, *given: Dataset | Histories | np.ndarray[Any, Any]) -> Iterator[None]:
    """Raise Failed if what runs inside writes into what it was given."""
    before = [_digest(g) for g in given]
    yield
    for thing, digest in zip(given, before, strict=True):
        need(_digest(thing) == digest, f"{doing} wrote into the {type(thing).__name__} that it was given")


def _digest(thing: Any) -> str:
    digest = hashlib.sha256()
    for array in _arrays(thing):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _arrays(thing: Any) -> Iterator[Any]:
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, Dataset):
        yield from _arrays(thing.histories)
        yield thing.popularity
        if thing.catalog.features is not None:
            m = thing.catalog.features.matrix
            yield from (m.data, m.indices, m.indptr)
    else:
        x = thing.interest
        yield from (thing.indptr, thing.items, thing.weights, x.data, x.indices, x.indptr)
        yield from (a for a in (thing.behaviors, thing.times) if a is not None)
