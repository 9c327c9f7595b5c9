"""Keys: the hash of all that decides a result. Equal keys, equal results; whatever does not decide stays out."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from whyrec.dataset import Dataset, Split
from whyrec.types import IntArray

SCHEMA = 2
"""Another number when what is computed from the same settings changes: then all is computed anew."""


def key_of(what: str, *parts: Any) -> str:
    """The hash of plain values."""
    text = json.dumps([SCHEMA, what, *map(plain, parts)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """A setting as JSON knows it; what JSON does not know, by its representation."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(v) for v in value), key=repr)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    return repr(value)


def identity(instance: Any, distribution: str, version: str) -> dict[str, Any]:
    """What a plugin contributes: its name, all its settings, its version, its packages' versions, and its code.

    The code is that of the files that define its class and its bases outside of whyrec: whoever writes a plugin
    changes it more often than its version.
    """
    cls = type(instance)
    return {
        "name": cls.name,
        "settings": plain(instance.settings()),
        "distribution": distribution,
        "version": version,
        "packages": {package: _version(package) for package in cls.packages},
        "code": _code(cls),  # type: ignore[arg-type]  # classes are hashable, Any or not
    }


def data_key(data: Dataset) -> str:
    """The data as explanations show them: the fingerprint, titles, and what interests are grouped by."""
    return key_of("data", data.fingerprint, data.interest_by, _digest(repr(sorted(data.catalog.titles.items()))))


def truth_key(data: Dataset) -> str | None:
    """What a made world knows beside its fingerprint: the likes of its users."""
    if data.truth is None or data.truth.likes is None:
        return None
    likes = data.truth.likes
    return arrays_key([likes.indptr, likes.indices, likes.data])


def test_key(parts: Split) -> str:
    """The held-out pairs."""
    return arrays_key([parts.test.indptr, parts.test.indices])


def users_key(users: IntArray) -> str:
    return arrays_key([users])


def arrays_key(arrays: Iterable[np.ndarray[Any, Any]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array, np.float64 if array.dtype.kind == "f" else np.int64).tobytes())
    return digest.hexdigest()


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@cache
def _code(cls: type) -> str:
    files = set()
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] in ("whyrec", "builtins", "abc", "typing"):
            continue
        try:
            files.add(inspect.getsourcefile(base))
        except TypeError:  # a class that was made in no file
            continue
    return _digest("".join(_digest(Path(f).read_bytes()) for f in sorted(f for f in files if f) if Path(f).is_file()))


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
