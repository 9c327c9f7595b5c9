"""Vectors: a dense array that a user brings (embeddings of texts, images, sounds), one row for each item id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from whyrec.catalog import Index
from whyrec.data.files import DataFile, read_bytes
from whyrec.errors import DataError, Location
from whyrec.types import BoolArray, FloatArray

MAX_SIZE = 65_536  # numbers a vector; more is a mistake of axes
_FORMS = "an .npy file with its ids beside it, or a .safetensors file"


@dataclass(frozen=True, eq=False)
class Vectors:
    """One vector for each of some items.

    Parameters
    ----------
    ids : (n,) item ids, each once
    values : (n, d) numbers; rows are checked when they are asked for, so that a large file may stay on the disk
    source : the file that they come from, for messages

    Raises
    ------
    DataError
        for values that are no table of real numbers, and for ids that do not fit them or come twice.
    """

    ids: tuple[str, ...]
    values: Any
    source: Path | None = None

    def __post_init__(self) -> None:
        kind = getattr(self.values, "dtype", np.dtype(object)).kind
        shape = np.shape(self.values)
        if kind not in "fiub" or len(shape) != 2:
            raise DataError(
                f"vectors of type {getattr(self.values, 'dtype', type(self.values).__name__)} and shape {shape}",
                where=self._where,
                hint="one row of real numbers for each item is needed: shape (items, numbers)",
            )
        if not shape[0] or not 0 < shape[1] <= MAX_SIZE:
            raise DataError(
                f"vectors of shape {shape}",
                where=self._where,
                hint=f"at least one of 1 to {MAX_SIZE} numbers is needed",
            )
        if len(self.ids) != shape[0]:
            raise DataError(
                f"{len(self.ids)} ids for {shape[0]} vectors", where=self._where, hint="give one id for each row"
            )
        try:
            _ = self._index
        except DataError as error:
            raise DataError(
                error.message.replace(" in the index", ""), where=self._where, hint="an item has one vector"
            ) from None

    @property
    def size(self) -> int:
        """Numbers a vector."""
        return int(self.values.shape[1])

    @property
    def _where(self) -> Location | None:
        return None if self.source is None else Location(str(self.source))

    @cached_property
    def _index(self) -> Index:
        return Index(self.ids, "item id")

    def of(self, items: Index) -> tuple[FloatArray, BoolArray]:
        """The vectors (n_known, d) float64 of a catalog's items, in its order, and which items have one (n_items,).

        Raises
        ------
        DataError
            if no item has one, and for a number that is not finite, with its item.
        """
        rows = np.array([self._index.positions.get(name, -1) for name in items], np.int64)
        known = rows >= 0
        if not known.any():
            raise DataError(
                f"none of the {len(self.ids)} ids is an item of these data, such as {self.ids[0]!r}",
                where=self._where,
                hint=f"ids are text and must be equal to the items' own, such as {items[0]!r}" if len(items) else None,
            )
        found = np.asarray(self.values[rows[known]], np.float64)
        if not np.isfinite(found).all():
            row, column = (int(part[0]) for part in np.nonzero(~np.isfinite(found)))
            name = items[int(np.flatnonzero(known)[row])]
            raise DataError(
                f"the vector of item {name!r} holds {found[row, column]} (number {column + 1} of {self.size})",
                where=self._where,
                hint="leave such an item out: items without a vector count as average",
            )
        return found, known

    # -- files ------------------------------------------------------------------------------------------

    @classmethod
    def read(cls, path: Path) -> Vectors:
        """From a file. Nothing in it is executed.

        ``.npy`` holds an array (n, d); its ids, one a line in the order of the rows, lie beside it under the same
        name with ``.ids.txt`` for ``.npy``. ``.safetensors`` holds either one array (n, d) with the ids as a JSON
        list in its metadata under ``ids`` (or in an ``.ids.txt`` beside it), or one array (d,) for each item, named
        by its id.

        Raises
        ------
        DataError
            for a file that is not there, damaged, of another form, or that holds Python objects.
        """
        if path.suffix not in (".npy", ".safetensors"):
            raise DataError(f"{path.name} is no file of vectors", where=Location(str(path)), hint=f"give {_FORMS}")
        if not path.is_file():
            read_bytes(DataFile(path))  # says what is there instead
        return _read_npy(path) if path.suffix == ".npy" else _read_safetensors(path)

    def save(self, path: Path) -> None:
        """To a ``.safetensors`` file in the form that :meth:`read` reads: float32, the ids in its metadata."""
        from safetensors.numpy import save_file

        if path.suffix != ".safetensors":
            raise DataError(
                f"{path.name}: vectors are saved as safetensors",
                hint=f"call it {path.with_suffix('.safetensors').name}",
            )
        array = np.ascontiguousarray(self.values, np.float32)
        save_file({"vectors": array}, path, metadata={"ids": json.dumps(self.ids, ensure_ascii=False)})


def _read_npy(path: Path) -> Vectors:
    where = Location(str(path))
    try:
        # Mapped: a header that promises more than the file holds is refused, and only rows asked for are read.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        # numpy calls whatever it does not know a pickle.
        strange = "allow_pickle" in str(error) or "Python objects" in str(error)
        reason = "not an array of numbers" if strange else f"damaged: {str(error).splitlines()[0]}"
        raise DataError(reason, where=where, hint="write it anew: numpy.save(path, array)") from None
    return Vectors(_ids_beside(path), array, path)


def _read_safetensors(path: Path) -> Vectors:
    from safetensors import SafetensorError, safe_open

    where = Location(str(path))
    try:
        with safe_open(path, framework="numpy") as opened:
            names = tuple(opened.keys())
            shapes = {tuple(opened.get_slice(name).get_shape()) for name in names}
            single = len(names) == 1 and len(next(iter(shapes))) == 2
            if not single and (len(shapes) != 1 or len(next(iter(shapes))) != 1):
                shown = ", ".join(str(shape) for shape in sorted(shapes)[:3]) or "none"
                raise DataError(
                    f"{len(names)} arrays of shapes {shown}",
                    where=where,
                    hint="give one array (items, numbers), or for each item one array (numbers,), all of one length",
                )
            arrays = [opened.get_tensor(name) for name in names]
            metadata = opened.metadata() or {}
    except (SafetensorError, TypeError, AttributeError, ValueError, OSError) as error:
        hint = "write it anew as float32: whyrec.Vectors(ids, array).save(path)"
        raise DataError(f"not a readable safetensors file: {error}", where=where, hint=hint) from None
    if not single:
        return Vectors(names, np.stack(arrays), path)
    ids = _listed(metadata["ids"], where) if "ids" in metadata else _ids_beside(path)
    return Vectors(ids, arrays[0], path)


def _listed(text: str, where: Location) -> tuple[str, ...]:
    """The ids of a file's metadata."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise DataError("its metadata 'ids' is not a JSON list of texts", where=where, hint='["i1", "i2"]')
    return tuple(cast("list[str]", found))


def _ids_beside(path: Path) -> tuple[str, ...]:
    """The lines of ``poster.ids.txt`` beside ``poster.npy``."""
    beside = path.with_suffix(".ids.txt")
    if not beside.exists():
        raise DataError(
            f"nothing says which row is which item: there is no {beside.name}",
            where=Location(str(path)),
            hint=f"write {beside.name} beside it, one item id a line in the order of the rows",
        )
    try:
        lines = read_bytes(DataFile(beside)).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 at byte {error.start}", where=Location(str(beside))) from None
    names = [line.strip() for line in lines]
    if "" in names:
        raise DataError(
            "a line without an id", where=Location(str(beside), names.index("") + 1), hint="one item id a line"
        )
    return tuple(names)
