"""Safe text for a terminal, a Markdown table, JSON; for a CSV see ``whyrec.safe``, where the rules stand."""

from __future__ import annotations

import re

from whyrec.safe import HIDDEN, csv_cell, plain

__all__ = ["csv_cell", "json_text", "lines", "markdown_cell", "plain"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#!|~])")
_JSON = re.compile(f"(?![\x00-\x1f])[{HIDDEN}]")  # those below the space are the JSON writer's business


def lines(text: str) -> str:
    """As :func:`plain`, line by line: for messages that have lines of their own."""
    return "\n".join(plain(line) for line in text.split("\n"))


def markdown_cell(text: str) -> str:
    """Text that a Markdown table shows as it stands: no cell border, link, image, HTML."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _MARKDOWN.sub(r"\\\1", escaped)
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;")


def json_text(text: str) -> str:
    """JSON in which whatever could act on a terminal is written as an escape; it reads back the same."""
    return _JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
