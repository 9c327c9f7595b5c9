"""Bytes into text, or a message that names the line and the encoding that would fit."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from whyrec.data.files import DataFile
from whyrec.errors import DataError, Location, suggest

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HALVES = re.compile("[\ud800-\udfff]")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes, source: DataFile, encoding: str) -> str:
    """The text of a file.

    Raises
    ------
    DataError
        for an encoding that Python does not know, bytes that are not in it (line and column named, another
        encoding suggested), and NULs.
    """
    name = str(source)
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise _unknown(encoding, name) from None
    if codec == "utf-8":
        if data.startswith(_UTF16_MARKS):
            raise DataError(
                "the file is in UTF-16", where=Location(name, 1, 1), hint='encoding = "utf-16"', code="WR-D016"
            )
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode(codec)
    except LookupError:  # base64, rot13 and the like are codecs too, but not of text
        raise _unknown(encoding, name) from None
    except UnicodeDecodeError as error:
        line, column = _at(data, error.start, codec)
        raise DataError(
            f"byte 0x{data[error.start]:02x} is not {encoding}",
            where=Location(name, line, column),
            hint=f'encoding = "{_guess(data)}"?',
            code="WR-D016",
        ) from None
    except UnicodeError:  # punycode and the like; "undefined" never decodes
        raise _unknown(encoding, name) from None
    if codec != "utf-8" and (half := _HALVES.search(text)):
        line = text.count("\n", 0, half.start()) + 1
        raise DataError(
            f"half a character, as {encoding}",
            where=Location(name, line, half.start() - text.rfind("\n", 0, half.start())),
            hint=f'encoding = "{_guess(data)}"?',
            code="WR-D016",
        )
    if (nul := text.find("\0")) >= 0:
        line = text.count("\n", 0, nul) + 1
        raise DataError(
            "a NUL character: this is no text, or a crash left it behind",
            where=Location(name, line, nul - text.rfind("\n", 0, nul)),
            hint="restore the file, or remove that line",
            code="WR-D017",
        )
    return text


def place(name: str, text: str, line: int, fields: Sequence[str], index: int) -> Location:
    """Where the field ``index`` stands in a line of text, found by looking for the fields in turn."""
    at = 0
    for field in fields[:index]:
        found = text.find(field, at)
        at = (found if found >= 0 else at) + max(1, len(field))
    found = text.find(fields[index], at)
    return Location(name, line, (found if found >= 0 else at) + 1)


def _unknown(encoding: str, name: str) -> DataError:
    known = ["utf-8", "latin-1", "gb18030", "utf-16"]
    return DataError(
        f"unknown encoding {encoding!r}",
        where=Location(name),
        hint=suggest(encoding, known, what="encodings"),
        code="WR-D016",
    )


def _at(data: bytes, offset: int, codec: str) -> tuple[int, int]:
    begin = data.rfind(b"\n", 0, offset) + 1
    return data.count(b"\n", 0, offset) + 1, len(data[begin:offset].decode(codec, errors="replace")) + 1


def _guess(data: bytes) -> str:
    """An encoding for bytes that are not UTF-8: Chinese comes in pairs of high bytes, Latin letters alone."""
    runs = [len(run) for run in _HIGH_RUNS.findall(data[:1_000_000])]
    paired = sum(1 for n in runs if n % 2 == 0)
    if runs and paired > 0.6 * len(runs):
        try:
            data.decode("gb18030")
        except UnicodeDecodeError:
            return "latin-1"
        return "gb18030"
    return "latin-1"
