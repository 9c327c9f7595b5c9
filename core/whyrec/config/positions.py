"""Positions: the line and column of every key of a TOML text, for messages that point at the key."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: ``("recommender", 0, "l2")``."""

DEEPEST = 64
"""How many keys and brackets may stand within one another: no text exhausts the stack, or the memory with its paths."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_WORD = re.compile(r"[^,\]}#\n]+")
_CLOSED = {
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
    '"""': re.compile(r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'),
    "'''": re.compile(r"'''(?:[^']|'(?!''))*'{3,5}"),
}


@dataclass(frozen=True, order=True)
class Position:
    """A place in a text; line and column count from 1, in characters."""

    line: int
    column: int


class ScanError(ValueError):
    """The text is not TOML; ``opened`` is the place of the bracket or quote that was never closed, if that is why."""

    def __init__(self, opened: Position | None = None, what: str = "") -> None:
        super().__init__(what)
        self.opened = opened
        self.what = what


class DuplicateKeyError(ScanError):
    """A key stands twice; ``opened`` is the second place, ``first`` the first."""

    def __init__(self, path: KeyPath, first: Position, second: Position) -> None:
        super().__init__(second, "duplicate")
        self.path, self.first = path, first


class DepthError(ScanError):
    """More than ``DEEPEST`` levels; ``opened`` is the key where that happens."""


def positions(text: str) -> dict[KeyPath, Position]:
    """The place of every key, table header and array element of a TOML text.

    A table's place is where it is first named; an element of an array of tables has the place of its own header.
    Raises ScanError for a text that tomllib refuses, too (it may accept a few that tomllib refuses), and DepthError.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.found


class _Scanner:
    """Walks the text once, forward; values are skipped, only keys are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.found: dict[KeyPath, Position] = {}
        self.defined: dict[KeyPath, Position] = {}
        self.lengths: dict[KeyPath, int] = {}

    def document(self) -> None:
        prefix: KeyPath = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text.startswith("[", self.at):
                prefix = self.header()
            else:
                self.pair(prefix)
            self.skip(_SPACE)
            if self.at < len(self.text) and self.text[self.at] not in "#\n":
                raise ScanError(self.here(), "junk after a value")

    def header(self) -> KeyPath:
        """``[a.b]`` or ``[[a.b]]``: the path that the following pairs belong to."""
        opened = self.here()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self.keys()
        if not self.text.startswith("]]" if many else "]", self.at):
            raise ScanError(opened, "table header")
        self.at += 2 if many else 1
        path: KeyPath = ()
        for depth, (key, place) in enumerate(keys):
            path = (*path, key)
            last = depth == len(keys) - 1
            self.found.setdefault(path, place)
            if last and not many:
                if path in self.defined or path in self.lengths:
                    raise DuplicateKeyError(path, self.found[path], place)
                self.defined[path] = place
            if last and many:
                if path in self.defined:
                    raise DuplicateKeyError(path, self.found[path], place)
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
                self.found.setdefault(path, place)
        return path

    def pair(self, prefix: KeyPath) -> None:
        path = prefix
        keys = self.keys()
        for key, place in keys:
            path = (*path, key)
            if path in self.defined or (place is keys[-1][1] and path in self.found):
                raise DuplicateKeyError(path, self.found[path], place)
            self.found.setdefault(path, place)
        self.expect("=")
        self.skip(_SPACE)
        self.value(path)
        self.defined[path] = self.found[path]

    def keys(self) -> list[tuple[str, Position]]:
        """A dotted key, each part with its place."""
        parts: list[tuple[str, Position]] = []
        while True:
            self.skip(_SPACE)
            place = self.here()
            if bare := _BARE.match(self.text, self.at):
                key, self.at = bare.group(), bare.end()
            else:
                start = self.at
                if not self.text.startswith(('"', "'"), start) or self.string() in ('"""', "'''"):
                    raise ScanError(place, "key")
                key = _unquoted(self.text[start : self.at])
            parts.append((key, place))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            if len(parts) == DEEPEST:
                raise DepthError(place, "depth")
            self.at += 1

    def value(self, path: KeyPath) -> None:
        if len(path) > DEEPEST:
            named = next(end for end in range(len(path), 0, -1) if isinstance(path[end - 1], str))
            raise DepthError(self.found[path[:named]], "depth")
        first = self.text[self.at : self.at + 1]
        if first in ('"', "'") and first:
            self.string()
        elif first == "[":
            self.array(path)
        elif first == "{":
            self.table(path)
        else:
            word = _WORD.match(self.text, self.at)
            if not word or not word.group().strip():
                raise ScanError(self.here(), "value")
            self.at = word.end()

    def string(self) -> str:
        """Skips one string; gives its quotes."""
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            quote *= 3
        closed = _CLOSED[quote].match(self.text, self.at)
        if not closed:
            raise ScanError(self.here(), "string")
        self.at = closed.end()
        return quote

    def array(self, path: KeyPath) -> None:
        opened = self.here()
        self.at += 1
        index = 0
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.at] == "]":
                self.at += 1
                return
            element = (*path, index)
            self.found[element] = self.here()
            self.value(element)
            self.skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("]", self.at):
                break
            index += 1
        raise ScanError(opened, "array")

    def table(self, path: KeyPath) -> None:
        opened = self.here()
        self.at += 1
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.pair(path)
            self.skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("}", self.at):
                break
        raise ScanError(opened, "inline table")

    def skip(self, pattern: re.Pattern[str]) -> int:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return self.at

    def expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise ScanError(self.here(), f"expected {sign!r}")
        self.at += 1

    def here(self) -> Position:
        line = bisect_right(self.lines, self.at)
        return Position(line, self.at - self.lines[line - 1] + 1)


def _unquoted(key: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        raise ScanError(None, "key") from None
