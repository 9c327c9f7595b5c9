"""The manifest of a saved model: what the folder holds, strictly read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from whyrec.errors import DataError, Location
from whyrec.saved_arrays import ArraysEntry, foreign, regular

SCHEMA = "whyrec.model/1"
MANIFEST = "manifest.json"
MOST_MANIFEST = 64 * 2**20
"""Bytes that a manifest may take: it is read whole."""
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LearntFrom(_Strict):
    """The data of a fit: name and fingerprint, and the items, whose order the arrays follow.

    ``terms``: SHA-256 over what gives the arrays their meaning beside the ids: features, scale and behaviors.
    """

    name: str
    fingerprint: _Hash
    terms: _Hash
    items: list[str]


class Manifest(_Strict):
    """What the folder holds. ``sha256`` is that of all the rest, so that a change by hand or by chance is found."""

    schema_: Annotated[str, Field(alias="schema")]
    whyrec: str
    plugin: str
    distribution: str
    version: str
    settings: dict[str, Any]
    seed: Annotated[int, Field(ge=0)]
    data: LearntFrom
    state: dict[str, Any]
    arrays: ArraysEntry
    sha256: _Hash


def read_manifest(folder: Path | str) -> Manifest:
    """What a folder says it holds; its arrays are not read. Raises DataError."""
    folder = Path(folder)
    path = folder / MANIFEST
    if not folder.is_dir():
        raise DataError(
            _no_folder(folder), where=Location(str(folder)), hint="`whyrec train -o FOLDER` makes one", code="WR-F001"
        )
    if not path.exists():
        raise DataError(f"is no saved model: it holds no {MANIFEST}", where=Location(str(folder)), code="WR-F001")
    where, size = Location(str(path)), regular(path)
    if size > MOST_MANIFEST:
        raise DataError(f"has {size} bytes; a manifest has at most {MOST_MANIFEST}", where=where, code="WR-F001")
    raw = path.read_bytes()
    if what := foreign(raw[:9]):
        raise DataError(
            f"is {what}; whyrec loads JSON and safetensors only, whatever the name", where=where, code="WR-F001"
        )
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(f"is no JSON text: {_first_line(error)}", where=where, code="WR-F001") from None
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise DataError(
            f"is of schema {schema!r}; this whyrec reads {SCHEMA!r}",
            where=where,
            hint="a newer whyrec may have made it: upgrade, or train again",
            code="WR-F001",
        )
    try:
        manifest, digest = Manifest.model_validate(found), digest_of(found)
    except (ValidationError, RecursionError) as error:
        raise DataError(f"is no manifest: {_first_finding(error)}", where=where, code="WR-F001") from None
    if digest != manifest.sha256:
        raise DataError(
            f"was changed: its SHA-256 is {digest[:12]}…, not {manifest.sha256[:12]}…", where=where, code="WR-F001"
        )
    return manifest


def digest_of(content: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _no_folder(path: Path) -> str:
    if not path.exists():
        return "there is no such folder"
    what = None
    if path.is_file():
        with path.open("rb") as file:
            what = foreign(file.read(9))
    return f"is {what}; whyrec never loads one" if what else f"is a file; a saved model is a folder with {MANIFEST}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _first_line(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]


def _first_finding(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
