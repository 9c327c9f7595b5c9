"""Worker: a process that does tasks, given the scene once. It is cut off from its parent's environment and output."""

from __future__ import annotations

import faulthandler
import mmap
import multiprocessing
import os
import pickle
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing import connection
from pathlib import Path
from typing import Any

import numpy as np

from whyrec.comparison.bench import Bench, fail
from whyrec.comparison.cast import Cast, Part
from whyrec.comparison.conduct import Conduct, adopt_orphans
from whyrec.comparison.processes import LAST_WORDS, READY
from whyrec.comparison.scene import Scene
from whyrec.comparison.task import Outcome, Task
from whyrec.errors import PluginError
from whyrec.registry import Registry
from whyrec.store.kept import Kept, KeptTold

RETIRED = 77
"""Exit code of a worker that hands its task back: what it ran before may have spoilt it."""

_THREADS = dict.fromkeys(
    [
        "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
    ],
    "1",
)  # fmt: skip
_KEPT = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "KERAS_BACKEND",
}  # fmt: skip
_FAMILIES = ("LC_", "PYTHON", "WHYREC_", "XDG_", "CUDA_", "TF_", "CONDA_")
_LINE = 240  # bytes of the line that says who is at work
_ALIGNED = 64


def usual_start() -> str:
    """How this process starts others, unless it is told."""
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


@dataclass(frozen=True)
class Setup:
    """What a worker is told at its start: the folder that it shares with its parent, the store, its memory in bytes.

    ``starts`` is how processes start that plugins make: as in the parent. The worker itself comes from a server, and
    what it made would too; then locks (such as tqdm's) have names, which a worker that is killed leaves behind.
    """

    folder: Path
    store: Path
    memory: int | None
    starts: str = field(default_factory=usual_start)


def environment() -> dict[str, str]:
    """What workers get of the environment: no credentials, and one thread for each array library."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(_FAMILIES)}
    return {**kept, **_THREADS}


@contextmanager
def context() -> Iterator[Any]:
    """Where workers come from: a server that has loaded the arrays' packages, and neither data nor plugins.

    Forking the parent itself would be faster still, but its threads (of polars, of the pool) do not survive a fork.
    """
    methods = multiprocessing.get_all_start_methods()
    made: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    before = dict(os.environ)
    try:
        _replace_environment(environment())
        if made.get_start_method() == "forkserver":
            from multiprocessing import forkserver

            made.set_forkserver_preload([__name__])
            forkserver.ensure_running()
        yield made
    finally:
        _replace_environment(before)


def hand_over(scene: Scene, folder: Path) -> None:
    """Write the scene for our own workers, who alone may read the folder; arrays apart, to be mapped into memory."""
    scene.split.train.histories.interest  # noqa: B018  derived once, here, and not in each worker
    buffers: list[pickle.PickleBuffer] = []
    whole = (scene.split, scene.users, scene.run, scene.split.train.fingerprint)
    try:
        packed = pickle.dumps(whole, protocol=5, buffer_callback=buffers.append)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise PluginError(
            f"the data {scene.split.train.name!r} cannot be handed over to workers: {error}",
            hint="use --isolation none",
        ) from None
    places, at = [], 0
    with (folder / "arrays").open("wb") as file:
        for buffer in buffers:
            raw = buffer.raw()
            places.append((at, raw.nbytes))
            file.write(raw)
            file.write(b"\0" * (-raw.nbytes % _ALIGNED))
            at += raw.nbytes + -raw.nbytes % _ALIGNED
    (folder / "scene").write_bytes(pickle.dumps((packed, places, scene.cast.handed_over())))


def receive(folder: Path, registry: Registry) -> Scene:
    """The scene of :func:`hand_over`. Workers share the arrays' memory until one writes to them."""
    packed, places, parts = pickle.loads((folder / "scene").read_bytes())
    buffers: list[Any] = []
    if any(size for _, size in places):
        with (folder / "arrays").open("rb") as file:
            shared = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        buffers = [shared[at : at + size] for at, size in places]
    else:
        buffers = [bytearray() for _ in places]
    split, users, run, _ = pickle.loads(packed, buffers=buffers)
    return Scene(split, users, run, Cast.received(parts, registry))


def settle(setup: Setup) -> None:
    """Begin as a worker: a session of its own, no stdout, a small environment, a cap, no life after its parent."""
    with suppress(OSError, AttributeError):
        os.setsid()
    multiprocessing.set_start_method(setup.starts, force=True)
    adopt_orphans()
    with suppress(OSError):
        os.dup2(2, 1)  # stdout is for the parent's data
    _replace_environment(environment())
    _limit(setup.memory)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _WORKERS.append(_Worker(setup))
    (setup.folder / READY).touch()


def work(task: Task) -> str:
    """Do a task; the path of a file that holds the outcome. Only a name goes through the pool's pipe: a worker that is
    killed cannot leave half a message there."""
    return _WORKERS[-1].do(task)


class _Worker:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._retired = False

    @cached_property
    def _registry(self) -> Registry:
        return Registry.discover()

    @cached_property
    def _scene(self) -> Scene:
        return receive(self._setup.folder, self._registry)

    @cached_property
    def _kept(self) -> Kept:
        from whyrec.store.database import Database

        return Kept(Database(self._setup.store, checked=False))

    @cached_property
    def _conduct(self) -> Conduct:
        return Conduct(self._scene.split)

    @cached_property
    def _bench(self) -> Bench:
        return Bench(self._scene, self._registry, self._read, note=self._note)

    def do(self, task: Task) -> str:
        if self._retired:
            os._exit(RETIRED)
        stem = self._setup.folder / task.key[:32]
        stem.with_suffix(".pid").write_text(str(os.getpid()))
        with stem.with_suffix(".words").open("w+b", buffering=0) as words:
            self._words = words.fileno()
            words.write(b" " * _LINE + b"\n")
            faulthandler.enable(file=words)
            if LAST_WORDS is not None:
                faulthandler.register(LAST_WORDS, file=words)
            try:
                out = self._outcome(task)
            finally:
                faulthandler.disable()
                if LAST_WORDS is not None:
                    faulthandler.unregister(LAST_WORDS)
        self._retired = out.retire
        stem.with_suffix(".part").write_bytes(out.to_bytes())
        return str(stem.with_suffix(".part").replace(stem.with_suffix(".out")))

    def _outcome(self, task: Task) -> Outcome:
        try:
            np.random.seed(self._scene.run.seed)  # noqa: NPY002  for plugins that draw from the global generator
            random.seed(self._scene.run.seed)
            self._conduct.begin(self._bench.held())
            out = self._bench.run(task)
            complaint = self._conduct.end(self._bench.held(), self._bench.parts(task))
            if complaint is not None:
                part, what = complaint
                out = Outcome("failed", f"PluginError: {part.chosen.use} {what}", out.traceback or what, part.origin)
            out.retire = complaint is not None or out.state == "oom"
        except BaseException as error:  # noqa: BLE001  a plugin may raise even KeyboardInterrupt; nothing may leave a worker
            out = Outcome(retire=True)
            fail(out, error, self._scene.cast.part("recommender", task.recommender))
        return out

    def _read(self, key: str) -> KeptTold:
        told = self._kept.told(key)
        if told is None:
            raise KeyError(key)
        return told

    def _note(self, part: Part, what: str) -> None:
        self._conduct.turn(part, self._bench.held())
        line = f"{part.origin}, {what}".encode()[:_LINE].ljust(_LINE)
        with suppress(OSError, AttributeError):
            os.pwrite(self._words, line, 0)


_WORKERS: list[_Worker] = []
"""The one worker that a process is; empty in all other processes. A pool hands over functions, not objects."""


def _replace_environment(wanted: dict[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


def _limit(memory: int | None) -> None:
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # the machine ends a worker before anybody else
    try:
        import resource
    except ImportError:  # Windows knows no such cap
        return
    with suppress(OSError, ValueError):
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    """Wait for the parent's end, then end this process and all it started."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    connection.wait([parent.sentinel])
    with suppress(OSError, AttributeError):
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), 9)
    os._exit(1)
