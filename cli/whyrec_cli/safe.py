"""Safe text: what strangers wrote, made harmless for a terminal, a CSV, a Markdown table."""

from __future__ import annotations

import re

# C0 and C1 controls and DEL; marks that turn the direction of text; line separators; halves of characters.
_HIDDEN = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROLS = re.compile(f"[{_HIDDEN}]")
_ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[@-_]?")
_SPACES = re.compile("[\t\n\r\u2028\u2029]+")
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#!|~])")
_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """One line without escape sequences, control characters and direction marks."""
    return _CONTROLS.sub("", _SPACES.sub(" ", _ESCAPES.sub("", text)))


def lines(text: str) -> str:
    """As :func:`plain`, line by line: for messages that have lines of their own."""
    return "\n".join(plain(line) for line in text.split("\n"))


def csv_cell(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula; numbers stay as they are."""
    risky = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if risky else text


def markdown_cell(text: str) -> str:
    """Text that a Markdown table shows as it stands: no cell border, link, image, HTML."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _MARKDOWN.sub(r"\\\1", escaped)
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;")


def json_text(text: str) -> str:
    """JSON in which whatever could act on a terminal is written as an escape; it reads back the same."""
    return _JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
