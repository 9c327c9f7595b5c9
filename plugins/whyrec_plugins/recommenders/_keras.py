"""TensorFlow, imported late and quietly."""

from __future__ import annotations

import logging
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN changes digits with the number of threads
    "KERAS_BACKEND": "tensorflow",
}


def tensorflow() -> Any:
    """The module ``tensorflow``. What its libraries write to standard error while loading is dropped.

    Loading it draws from the process's random numbers; they are put back. Nothing here ever seeds TensorFlow as a
    whole: every initial weight has a seed of its own, so that a fit leaves no trace on others.
    """
    if "tensorflow" in sys.modules:
        return import_module("tensorflow")
    with _environment(_QUIET), _silent_stderr(), _same_randomness():
        return import_module("tensorflow")


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    """Set what the caller has not set himself, and take it back."""
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hold file descriptor 2: the libraries' own messages do not pass through ``sys.stderr``."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _same_randomness() -> Iterator[None]:
    plain, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  others may use it
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(numpy)  # noqa: NPY002  Keras draws from the global ones


@contextmanager
def hushed() -> Iterator[None]:
    """Hold back TensorFlow's warnings, such as that several models in one process compile several functions."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
