"""Saved models: a folder with a JSON manifest and a safetensors file. Data, never code: no pickle anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from whyrec.errors import DataError, Location, UnknownNameError, UnsupportedError, suggest
from whyrec.saved_arrays import read_arrays, write_arrays
from whyrec.saved_manifest import MANIFEST, MOST_MANIFEST, SCHEMA, LearntFrom, Manifest, digest_of, read_manifest
from whyrec.saved_small import Small, check_small
from whyrec.saved_state import Packer, Unpacker, declared

if TYPE_CHECKING:
    from whyrec.dataset import Dataset
    from whyrec.recommender import Recommender
    from whyrec.registry import Listed, Registry

ACCEPTED = ("events", "version")
"""What may differ if asked for: other events of the same items; another version of the plugin's distribution."""


_ARRAYS = re.compile(r"arrays-[0-9a-f]{16}\.safetensors")


def save_model(
    model: Recommender, folder: Path | str, *, registry: Registry | None = None, dtype: Small | None = None
) -> Path:
    """Keep a fitted model in a folder: ``manifest.json`` and one safetensors file that it names.

    A model that stands there already is replaced, all at once: whatever happens, the folder holds either the old one or
    the new one whole.

    Parameters
    ----------
    registry : who knows the plugin's distribution and version; default whatever is installed
    dtype : ``float16`` or ``int8`` for a smaller model whose scores are a little off, see :func:`quantized`; default
        the weights as they are

    Raises
    ------
    NotFittedError
        before a fit.
    UnsupportedError
        if the class declares no ``state``, or a setting is no plain value (a function, a network).
    PluginError
        for state that is no data, or is not finite.
    DataError
        if the folder holds something else.
    """
    import whyrec
    from whyrec.registry import Registry

    folder = Path(folder)
    data, seed = model.fitted_with()
    check_savable(model, folder)
    if dtype is not None:
        check_small(dtype)
    packer = Packer(dtype)
    state = packer.pack_model(model)
    listed = (registry or Registry.discover()).listed.get(("recommender", model.name))
    known = listed if listed is not None and listed.cls is type(model) else None
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "whyrec": whyrec.__version__,
        "plugin": model.name,
        "distribution": known.distribution if known else "",
        "version": known.version if known else "",
        "settings": _plain_settings(model),
        "seed": seed,
        "data": {
            "name": data.name,
            "fingerprint": data.fingerprint,
            "terms": terms_of(data),
            "items": list(data.catalog.items.ids),
        },
        "state": state,
    }
    folder.mkdir(parents=True, exist_ok=True)
    _commit(folder, content, packer.arrays)
    return folder


def check_savable(model: Recommender, folder: Path | str) -> None:
    """Raise, before an hour of training, what a save would: UnsupportedError or DataError. Nothing is written."""
    declared(model)
    _plain_settings(model)
    _check_folder(Path(folder))


def load_model(
    folder: Path | str, data: Dataset, *, registry: Registry | None = None, accept: Collection[str] = ()
) -> Recommender:
    """A model that was saved, fitted as it was, over the data that it learnt from.

    Parameters
    ----------
    data : the same data: histories, titles and features are read from it, and are not in the folder
    registry : who knows the plugin; the folder can name no other code
    accept : ``"events"``: other events (and users) of the very same items; ``"version"``: another version of the
        plugin's distribution. Everything else that differs is always refused.

    Raises
    ------
    DataError
        for a folder that is not what it should be, see ``docs/guide/saved-models.md``, or data that are not those.
    UnknownNameError
        if no installed plugin has the model's name.
    ConfigError
        for settings that the plugin does not take.
    """
    from whyrec.registry import Registry
    from whyrec.settings import build

    if unknown := sorted(set(accept) - set(ACCEPTED)):
        raise UnsupportedError(f"cannot accept {unknown[0]!r}", hint=suggest(unknown[0], ACCEPTED, what="choices"))
    folder = Path(folder)
    manifest = read_manifest(folder)
    where = Location(str(folder / MANIFEST))
    listed = _plugin(manifest, registry or Registry.discover(), where)
    _check_version(manifest, listed, accept, where)
    _check_data(manifest.data, data, accept, where)
    listed.cls.require()
    model: Recommender = build(listed.cls, manifest.settings)  # type: ignore[assignment]  # the kind was checked
    arrays = read_arrays(folder / manifest.arrays.file, manifest.arrays)
    try:
        Unpacker(arrays, data).fill(model, manifest.state, manifest.seed)
    except DataError as error:
        error.where = error.where or where
        raise
    return model


def terms_of(data: Dataset) -> str:
    """SHA-256 over what a model's arrays rest on beside the ids: features, the scale of interests, behaviors."""
    features, histories = data.catalog.features, data.histories
    digest = hashlib.sha256()
    digest.update(json.dumps([histories.scale, histories.behavior_names, sorted(data.behaviors.items())]).encode())
    if features is not None:
        m = features.matrix
        digest.update(json.dumps([features.columns, features.values, sorted(features.kinds.items())]).encode())
        for array in (np.asarray(m.indptr, np.int64), np.asarray(m.indices, np.int64), m.data):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


# -- writing --------------------------------------------------------------------------------------------


def _plain_settings(model: Recommender) -> dict[str, Any]:
    settings = {}
    for name, value in model.settings().items():
        try:
            settings[name] = json.loads(json.dumps(value, allow_nan=False, default=_as_text))
        except (TypeError, ValueError):
            raise UnsupportedError(
                f"{model.name} cannot be saved: its setting {name!r} is a {type(value).__name__}, which is no data",
                hint="only models whose settings are plain values can be saved",
                code="WR-F004",
            ) from None
    return settings


def _as_text(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError


def _check_folder(folder: Path) -> None:
    """Raises DataError if something else is there."""
    if folder.exists() and not folder.is_dir():
        raise DataError("is a file; a model is saved into a folder", where=Location(str(folder)), code="WR-F004")
    if folder.exists() and not (folder / MANIFEST).exists() and any(not _ours(p.name) for p in folder.iterdir()):
        raise DataError(
            "holds something else; nothing was written",
            where=Location(str(folder)),
            hint="name a new or empty folder",
            code="WR-F004",
        )


def _ours(name: str) -> bool:
    return name == MANIFEST or name.endswith(".whyrec-tmp") or _ARRAYS.fullmatch(name) is not None


def _commit(folder: Path, content: dict[str, Any], arrays: Mapping[str, Any]) -> None:
    """The arrays under a name of their own first; then the manifest, whose renaming is the moment of change."""
    mark = secrets.token_hex(8)
    first, second = folder / f"{mark}.arrays.whyrec-tmp", folder / f"{mark}.manifest.whyrec-tmp"
    try:
        entry = write_arrays(first, arrays)
        name = f"arrays-{entry['sha256'][:16]}.safetensors"
        content = {**content, "arrays": {"file": name, **entry}}
        text = json.dumps({**content, "sha256": digest_of(content)}, indent=1)
        if len(text) > MOST_MANIFEST:
            raise UnsupportedError(
                f"the manifest would have {len(text)} bytes; at most {MOST_MANIFEST} are read", code="WR-F004"
            )
        second.write_text(text + "\n", encoding="utf-8")
        for path in (first, second):
            _sync(path)
        first.replace(folder / name)
        second.replace(folder / MANIFEST)
        _sync(folder)
    finally:
        for path in (first, second):
            path.unlink(missing_ok=True)
    for old in folder.iterdir():
        if _ARRAYS.fullmatch(old.name) and old.name != name:
            old.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name != "posix":  # Windows knows no such thing
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# -- checking -------------------------------------------------------------------------------------------


def _plugin(manifest: Manifest, registry: Registry, where: Location) -> Listed:
    try:
        return registry.find("recommender", manifest.plugin)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"the model needs a plugin: {error.message}", where=where, hint=error.hint, code="WR-F003"
        ) from None


def _check_version(manifest: Manifest, listed: Listed, accept: Collection[str], where: Location) -> None:
    if manifest.distribution != listed.distribution:
        raise DataError(
            f"{manifest.plugin} was saved by the plugin of {manifest.distribution or 'no distribution'!r}; "
            f"installed is that of {listed.distribution!r}",
            where=where,
            code="WR-F003",
        )
    if manifest.version != listed.version and "version" not in accept:
        raise DataError(
            f"{manifest.plugin} was saved by {manifest.distribution} {manifest.version}; installed is {listed.version}",
            where=where,
            hint='train again, or accept another version: accept=("version",), --accept version',
            code="WR-F003",
        )


def _check_data(saved: LearntFrom, data: Dataset, accept: Collection[str], where: Location) -> None:
    if saved.fingerprint == data.fingerprint:
        return
    ids = data.catalog.items.ids
    if tuple(saved.items) != ids:
        place = next((i for i, (a, b) in enumerate(zip(saved.items, ids, strict=False)) if a != b), None)
        how = (
            f"{len(saved.items)} items then, {len(ids)} now"
            if place is None
            else f"item {place} was {saved.items[place]!r} and is {ids[place]!r}"
        )
        raise DataError(
            f"the model learnt from other items than those of {data.name!r}: {how}",
            where=where,
            hint="train again",
            code="WR-F003",
        )
    if saved.terms != terms_of(data):
        raise DataError(
            f"the model learnt from the items of {data.name!r}, but with other features, behaviors or scale",
            where=where,
            hint="train again",
            code="WR-F003",
        )
    if "events" not in accept:
        raise DataError(
            f"the model learnt from other events ({saved.name!r}, fingerprint {saved.fingerprint[:12]}…) than these "
            f"({data.name!r}, {data.fingerprint[:12]}…); the items are the same",
            where=where,
            hint='train again, or let it score these: accept=("events",), --accept events',
            code="WR-F003",
        )
