"""Arrays in a safetensors file: written whole, and read only after every check on what the file says it holds."""

from __future__ import annotations

import hashlib
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from whyrec.errors import DataError, Location

MOST_HEADER = 16 * 2**20
"""Bytes that a file's header may take: it names arrays, and a model has few."""

_FOREIGN = {
    b"\x80": "a pickle, which would run code",
    b"PK\x03\x04": "a zip archive (npz, keras, torch)",
    b"\x93NUMPY": "a npy file",
    b"\x89HDF": "an HDF5 file",
    b"\x1f\x8b": "a gzip file",
}
_CODES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}  # fmt: skip
DType: TypeAlias = Literal[
    "float64", "float32", "float16", "bool", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"
]
Arrays: TypeAlias = Mapping[str, "np.ndarray[Any, Any]"]


class TensorEntry(BaseModel):
    """What the manifest says of one array."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    dtype: DType
    shape: list[Annotated[int, Field(ge=0)]]

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


class ArraysEntry(BaseModel):
    """What the manifest says of the file: its plain name, its size, the SHA-256 of all its bytes, its arrays."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: Annotated[str, Field(pattern=r"^arrays-[0-9a-f]{16}\.safetensors$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    tensors: dict[str, TensorEntry]


def sha256_of(path: Path) -> str:
    """Hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def foreign(head: bytes) -> str | None:
    """What a file that begins so is, if it is something that whyrec never loads.

    A safetensors file begins with the length of its header, whose first byte may be any, and then the header's brace.
    """
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= MOST_HEADER:
        return None
    return next((what for magic, what in _FOREIGN.items() if head.startswith(magic)), None)


def storable(array: np.ndarray[Any, Any]) -> bool:
    """Whether an array is of numbers that a file can hold."""
    return array.dtype.name in _CODES


def regular(path: Path) -> int:
    """The size of an ordinary file. Raises DataError for whatever else lies there: a pipe would never end."""
    try:
        found = path.stat()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=Location(str(path)), code="WR-F002") from None
    if not stat.S_ISREG(found.st_mode):
        raise DataError("is no ordinary file", where=Location(str(path)), code="WR-F002")
    return found.st_size


def write_arrays(path: Path, arrays: Arrays) -> dict[str, Any]:
    """Write them, and tell what the manifest must say, all but the file's final name."""
    from safetensors.numpy import save_file

    save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, path)
    tensors = {name: {"dtype": a.dtype.name, "shape": list(a.shape)} for name, a in arrays.items()}
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path), "tensors": tensors}


def read_arrays(path: Path, entry: ArraysEntry) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a file that is exactly what the manifest says.

    Raises
    ------
    DataError
        for a file of another kind or size, a header that claims too much, an array of another name, dtype or shape,
        another SHA-256, or a number that is not finite; the first five before any array is allocated.
    """
    from safetensors import SafetensorError, safe_open

    where = Location(str(path))
    _check_header(path, entry)
    try:
        with safe_open(str(path), framework="np") as file:
            _check_tensors(file, entry, where)
            if (found := sha256_of(path)) != entry.sha256:
                raise DataError(
                    f"was changed: its SHA-256 is {found[:12]}…, the manifest says {entry.sha256[:12]}…",
                    where=where,
                    code="WR-F002",
                )
            arrays = {name: np.array(file.get_tensor(name)) for name in entry.tensors}
    except SafetensorError as error:
        raise DataError(f"is no safetensors file: {error}", where=where, code="WR-F002") from None
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            bad = int(array.size - np.isfinite(array).sum())
            raise DataError(f"array {name!r} holds {bad} numbers that are not finite", where=where, code="WR-F002")
    return arrays


def _check_header(path: Path, entry: ArraysEntry) -> None:
    where, size = Location(str(path)), regular(path)
    with path.open("rb") as file:
        head = file.read(9)
    if what := foreign(head):
        raise DataError(f"is {what}; whyrec loads safetensors only, whatever the name", where=where, code="WR-F002")
    length = int.from_bytes(head[:8], "little")
    if length > min(MOST_HEADER, size - 8):
        raise DataError(
            f"is no safetensors file, or was cut short: its header would take {length} bytes of {size}",
            where=where,
            code="WR-F002",
        )
    if size != entry.bytes:
        raise DataError(
            f"has {size} bytes; the manifest says {entry.bytes}: cut short, or another file",
            where=where,
            code="WR-F002",
        )
    if head[8:] != b"{":
        raise DataError("is no safetensors file: its header is no JSON object", where=where, code="WR-F002")


def _check_tensors(file: Any, entry: ArraysEntry, where: Location) -> None:
    names = set(file.keys())
    if names != set(entry.tensors):
        odd = sorted(names ^ set(entry.tensors))
        raise DataError(
            f"the file and the manifest do not name the same arrays: {', '.join(odd[:5])}", where=where, code="WR-F002"
        )
    for name, tensor in entry.tensors.items():
        found = file.get_slice(name)
        shape, code = tuple(found.get_shape()), found.get_dtype()
        if shape != tuple(tensor.shape):
            raise DataError(
                f"array {name!r} is {shape}; the manifest says {tuple(tensor.shape)}", where=where, code="WR-F002"
            )
        if code != _CODES[tensor.dtype]:
            raise DataError(
                f"array {name!r} is {code}; the manifest says {_CODES[tensor.dtype]}", where=where, code="WR-F002"
            )
