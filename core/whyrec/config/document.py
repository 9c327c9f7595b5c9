"""Document: a TOML text read into values that remember where they stand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whyrec.config.positions import DEEPEST, DepthError, DuplicateKeyError, KeyPath, Position, ScanError, positions
from whyrec.errors import ConfigError, Location

MAX_BYTES = 10_000_000
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_DIGITS = re.compile(r"[0-9_]{4000,}")
_START = """a config names its data and its models, such as:
    [data]
    use = "storefront"
    [[recommender]]
    use = "ease"
  docs/examples has whole ones"""


@dataclass(frozen=True)
class Document:
    """The values of a config and the place of each.

    ``folder`` is what relative paths are relative to, except those given by an override: they are relative
    to the current directory.
    """

    source: str
    folder: Path
    values: dict[str, Any]
    places: Mapping[KeyPath, Location] = field(default_factory=dict)
    overridden: frozenset[KeyPath] = frozenset()

    def where(self, *path: str | int) -> Location:
        """The place of a key, or of the nearest table around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return Location(self.source)

    def is_overridden(self, *path: str | int) -> bool:
        """Whether a value came from an override."""
        return any(path[:end] in self.overridden for end in range(1, len(path) + 1))

    def base(self, *path: str | int) -> Path:
        """The folder that a relative path is relative to."""
        return Path.cwd() if self.is_overridden(*path) else self.folder


def read_document(path: Path) -> Document:
    """Read a config file. Raises ConfigError for one that cannot be read, decoded or parsed."""
    source = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = f"looked for {path.absolute()}" if isinstance(error, FileNotFoundError) else None
        raise ConfigError(
            f"cannot read the config: {error.strerror or error}", where=Location(source), hint=hint, code="WR-C002"
        ) from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"the config is larger than {MAX_BYTES:,} bytes", where=Location(source), code="WR-C002")
    return parse(_decoded(data, source), source=source, folder=path.absolute().parent)


def parse(text: str, *, source: str, folder: Path) -> Document:
    """Parse a config's text. Raises ConfigError with the place of what is wrong."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ConfigError("the config is empty", where=Location(source, 1, 1), hint=_START, code="WR-C005")
    places, scan = _scanned(text)
    if isinstance(scan, DepthError) and scan.opened is not None:
        raise ConfigError(
            f"the config is nested more than {DEEPEST} levels deep",
            where=Location(source, scan.opened.line, scan.opened.column),
            hint="are brackets left open?",
            code="WR-C007",
        )
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and int() refusing thousands of digits
        raise _syntax_error(error, scan, text, source) from None
    if not values:
        raise ConfigError(
            "the config holds nothing but comments", where=Location(source, 1, 1), hint=_START, code="WR-C005"
        )
    return Document(source, folder, values, {k: Location(source, p.line, p.column) for k, p in places.items()})


def _decoded(data: bytes, source: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            "the config is UTF-16; TOML is UTF-8",
            where=Location(source, 1, 1),
            hint="save the file as UTF-8",
            code="WR-C006",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ConfigError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            where=Location(source, line, column),
            hint="save the file as UTF-8",
            code="WR-C006",
        ) from None


def _scanned(text: str) -> tuple[dict[KeyPath, Position], ScanError | None]:
    """The places of all keys, or what stopped the search for them; whether the text is TOML, tomllib says."""
    try:
        return positions(text), None
    except ScanError as error:
        return {}, error


def _syntax_error(error: ValueError, scan: ScanError | None, text: str, source: str) -> ConfigError:
    """tomllib's message with our place: the second of two equal keys, or where an open bracket was opened."""
    message = _PLACE.sub("", str(error))
    message = message[:1].lower() + message[1:]
    if isinstance(scan, DuplicateKeyError) and scan.opened is not None:
        return ConfigError(
            f"duplicate key {scan.path[-1]!r}",
            where=Location(source, scan.opened.line, scan.opened.column),
            hint=f"it stands already at line {scan.first.line}, column {scan.first.column}",
            code="WR-C004",
        )
    found = _PLACE.search(str(error))
    if found and found[1]:
        place = Position(int(found[1]), int(found[2]))
    elif scan is not None and scan.opened is not None:
        place, message = scan.opened, f"{message}: it opens here" if scan.what in ("array", "string") else message
    else:  # too many digits, or the text ends too early
        digits = _DIGITS.search(text)
        at = digits.start() if digits and not found else len(text)
        place = Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return ConfigError(f"not TOML: {message}", where=Location(source, place.line, place.column), code="WR-C003")
