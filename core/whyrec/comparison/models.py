"""Models: fitted once, saved as data, loaded by whoever needs them; one that cannot be saved is fitted again."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from whyrec.comparison.scene import Scene
from whyrec.comparison.task import Task
from whyrec.errors import DataError, PluginError, UnsupportedError
from whyrec.recommender import Progress, Recommender
from whyrec.registry import Registry
from whyrec.returned import at_most
from whyrec.saved import load_model, save_model
from whyrec.saved_manifest import MANIFEST
from whyrec.types import IntArray

_STEPS = 1_000_000  # of a training curve


@dataclass(frozen=True)
class Fit:
    """A fitted model, and its best items for those who are explained."""

    model: Recommender
    scene: Scene
    seconds: float | None = None

    @cached_property
    def items(self) -> IntArray:
        """(users, k), padded with −1."""
        histories = self.scene.split.train.histories.take(self.scene.users)
        items: IntArray = self.model.top(histories, self.scene.run.k).items
        return items


class Models:
    """The models of a process. It holds one at a time: cells come model by model."""

    def __init__(self, scene: Scene, registry: Registry, progress: Progress | None = None) -> None:
        self._scene, self._registry, self._progress = scene, registry, progress
        self._held: tuple[str, Fit] | None = None

    def get(self, task: Task, *, train: bool = False) -> Fit:
        """The model of a task: the one in hand, else the saved one, else fitted. ``train``: fitted in any case."""
        if not train and (held := self.at_hand(task)) is not None:
            return held
        self._held = None  # two large models do not fit into the memory of one worker
        model = None if train else self._loaded(task)
        seconds = None
        if model is None:
            model = self._scene.cast.instance("recommender", task.recommender)
            begun = time.perf_counter()
            model.fit(self._scene.split.train, seed=self._scene.run.seed, progress=self._progress)
            seconds = time.perf_counter() - begun
        self._held = task.model, Fit(model, self._scene, seconds)
        return self._held[1]

    def at_hand(self, task: Task) -> Fit | None:
        """The model of a task, if it is the one in hand."""
        return self._held[1] if self._held is not None and self._held[0] == task.model else None

    @property
    def held(self) -> Recommender | None:
        """The model in hand."""
        return None if self._held is None else self._held[1].model

    def save(self, task: Task, model: Recommender) -> str | None:
        """Save a model where its task says; the hash of its manifest, which holds that of its arrays.

        None if it is no data (its class declares no state), or if there is no room: then it is fitted where needed.
        """
        if task.folder is None:
            return None
        try:
            save_model(model, Path(task.folder), registry=self._registry)
            return manifest_hash(task.folder)
        except (UnsupportedError, PluginError, DataError, OSError):
            return None

    def _loaded(self, task: Task) -> Recommender | None:
        if task.folder is None or task.sha256 is None or manifest_hash(task.folder) != task.sha256:
            return None
        try:
            return load_model(Path(task.folder), self._scene.split.train, registry=self._registry)
        except DataError:  # damaged since: the model is fitted again
            return None


def manifest_hash(folder: str) -> str | None:
    """SHA-256 of a saved model's manifest; None if there is none."""
    try:
        return hashlib.sha256((Path(folder) / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return None


def curve_of(model: Any) -> dict[str, list[float]] | None:
    """How it was trained, where it tells."""
    told = getattr(model, "training_curve", None)
    if told is None:
        return None
    return {str(k): [float(v) for v in at_most(_STEPS, curve, model, "steps")] for k, curve in told().items()}
