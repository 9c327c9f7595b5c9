"""Safe text: what strangers wrote, made harmless where it is shown or opened."""

from __future__ import annotations

import re

HIDDEN = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""C0 and C1 controls and DEL; marks that turn the direction of text; line separators; halves of characters."""

_CONTROLS = re.compile(f"[{HIDDEN}]")
_ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[@-_]?")
_SPACES = re.compile("[\t\n\r\u2028\u2029]+")
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def plain(text: str) -> str:
    """One line without escape sequences, control characters and direction marks."""
    return _CONTROLS.sub("", _SPACES.sub(" ", _ESCAPES.sub("", text)))


def csv_cell(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula; numbers stay as they are."""
    risky = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if risky else text
