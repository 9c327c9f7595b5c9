"""The bytes of a data file, plain, gzipped or in a zip, and folders of such files."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from whyrec.errors import DataError, Location, suggest

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
# Tables shrink 3 to 30 times; what grows further than this, past a size that does no harm, is a bomb.
_MAX_RATIO, _FREE_BYTES = 200, 64 * 2**20
_CHUNK = 2**20
# What zipfile raises where the bytes are not what a zip should be; a wrong offset is a ValueError or OSError there.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, LookupError, NotImplementedError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class DataFile:
    """A file, or one member of a zip."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path}/{self.member}"


def read_bytes(source: DataFile) -> bytes:
    """All bytes, unpacked. What is packed is told from the content, not from the name.

    Raises
    ------
    DataError
        for a folder, a pipe or device, a missing or unreadable file, a zip with ``..`` or absolute names, a
        zip with several files and no member named, damaged or truncated packing, and a file that unpacks to
        over 200 times its size (past 64 MiB).
    """
    where = Location(str(source))
    raw = _raw(source.path)
    if raw[:4] == _ZIP:
        raw = _from_zip(raw, source, where)
    elif source.member is not None:
        raise DataError("not a zip archive", where=Location(str(source.path)), code="WR-D007")
    return _gunzip(raw, where) if raw[:2] == _GZIP else raw


def _raw(path: Path) -> bytes:
    where = Location(str(path))
    try:
        if path.is_dir():
            inside = sorted(p.name for p in path.iterdir())[:5]
            hint = f"it holds: {', '.join(inside) or 'nothing'}"
            raise DataError("this is a folder, not a file", where=where, hint=hint, code="WR-D003")
        if path.exists() and not path.is_file():  # reading might wait, or never end
            raise DataError("this is a pipe or a device, not a file", where=where, code="WR-D003")
        return path.read_bytes()
    except FileNotFoundError:
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = suggest(path.name, there, what=f"files in {path.parent}") if there else f"no folder {path.parent}"
        raise DataError("no such file", where=where, hint=hint, code="WR-D002") from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=where, code="WR-D003") from None


def _from_zip(raw: bytes, source: DataFile, where: Location) -> bytes:
    with _archive(raw, where) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/")]
        member = source.member
        if member is None:
            if len(names) != 1:
                hint = f"it holds: {', '.join(names[:5])}"
                raise DataError(
                    f"a zip of {len(names)} files, where one is needed", where=where, hint=hint, code="WR-D007"
                )
            member = names[0]
        elif member not in names:
            raise DataError(
                "no such file in the zip", where=where, hint=suggest(member, names, what="files"), code="WR-D007"
            )
        try:
            with archive.open(member) as stream:
                return _bounded(stream, archive.getinfo(member).compress_size, where)
        except _DAMAGED as error:
            raise DataError(
                f"the zip is damaged: {error}", where=where, hint="download or pack it again", code="WR-D005"
            ) from None


def _archive(raw: bytes, where: Location) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except _DAMAGED as error:
        raise DataError(
            f"the zip is damaged: {error}", where=where, hint="download or pack it again", code="WR-D005"
        ) from None
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith(("/", "\\")) or name[1:2] == ":":
            raise DataError(
                f"the zip holds a name that leads out of it: {name!r}",
                where=where,
                hint="nothing was read; do not trust this file",
                code="WR-D004",
            )
    return archive


def _gunzip(raw: bytes, where: Location) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            return _bounded(stream, len(raw), where)
    except EOFError:
        raise DataError(
            "the gzip file is truncated", where=where, hint="download or copy it again", code="WR-D005"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"the gzip file is damaged: {error}", where=where, hint="download or copy it again", code="WR-D005"
        ) from None


def _bounded(stream: IO[bytes] | gzip.GzipFile, packed: int, where: Location) -> bytes:
    parts, total = [], 0
    while part := stream.read(_CHUNK):
        parts.append(part)
        total += len(part)
        if total > _FREE_BYTES and total > _MAX_RATIO * packed:
            raise DataError(
                f"{packed:,} bytes unpack to more than {total:,}: this looks like a decompression bomb",
                where=where,
                hint="if it is not, unpack it by hand",
                code="WR-D006",
            )
    return b"".join(parts)


@dataclass(frozen=True)
class DataFolder:
    """A folder of data files, or a zip with such a folder in it.

    Raises DataError on reading if the path is neither.
    """

    path: Path

    def names(self) -> list[str]:
        """The names of the files, those in a zip with their folders."""
        where = Location(str(self.path))
        if self.path.is_dir():
            return sorted(p.name for p in self.path.iterdir() if p.is_file())
        raw = _raw(self.path)
        if raw[:4] != _ZIP:
            raise DataError("neither a folder nor a zip", where=where, code="WR-D007")
        with _archive(raw, where) as archive:
            return sorted(name for name in archive.namelist() if not name.endswith("/"))

    def find(self, name: str) -> DataFile | None:
        """The file of this name, plain or with ``.gz``, in whatever folder of a zip."""
        for found in self.names():
            if PurePosixPath(found).name in (name, f"{name}.gz"):
                return DataFile(self.path / found) if self.path.is_dir() else DataFile(self.path, found)
        return None
