"""HTML: escaped parts in several languages at once, of which a style shows one; no script is needed to read them."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from whyrec.charts.picture import Picture
from whyrec.language import Words
from whyrec.safe import csv_cell, plain

_NUMBER = re.compile(r"<span data-v=|[-+−]?\d[\d.,e+-]*$")

DIGITS = 6
"""Digits of the numbers in data inside the page: it should open at once."""
_UNREAD = re.compile(
    r' (?:aria-[a-z]+|role|class|pointer-events|(?:fill-|stroke-)?opacity(?=="1"))="[^"<>]*"(?=[^<>]*>)'
)
"""Attributes of marks that say nothing in an image, and are half of it."""
_FONT = re.compile(r' font-family="[^"<>]*"(?=[^<>]*>)')
_LONG = re.compile(r"(?<=\d)\.\d{3,}")


def text(value: object) -> str:
    """What strangers wrote, harmless."""
    return escape(plain(str(value)))


class Tongues:
    """Messages in all languages of a report, side by side."""

    def __init__(self, words: Sequence[Words]) -> None:
        self.words = words

    def __call__(self, key: str, **filled: object) -> str:
        """A message; what is filled in is escaped with it."""
        return self.each(lambda w: w(key, **filled))

    def each(self, say: Any) -> str:
        """Something said by each language's words; once, where all say the same."""
        said = [text(say(w)) for w in self.words]
        if len(set(said)) == 1:
            return said[0]
        pairs = zip(self.words, said, strict=True)
        return "".join(f'<span lang="{text(w.tag)}" data-l="{text(w.tag)}">{one}</span>' for w, one in pairs)


def table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of parts that are HTML already; numbers stand to the right."""
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td{' class=n' if _NUMBER.match(c) else ''}>{c}</td>" for c in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table class="sort"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def image(picture: Picture) -> str:
    """A picture inside the page: an SVG as an image, which can run nothing, and of which only ``alt`` is read out."""
    data = base64.b64encode(_lean(picture.svg()).encode()).decode()
    return f'<div class="wide"><img alt="{text(picture.alt)}" src="data:image/svg+xml;base64,{data}"></div>'


def _lean(svg: str) -> str:
    """An SVG without what an image does not need; the one font that it names, named once."""
    svg = _UNREAD.sub("", svg)
    fonts = set(_FONT.findall(svg))
    if len(fonts) == 1:
        svg = _FONT.sub("", svg).replace("<svg", f"<svg{fonts.pop()}", 1)
    return re.sub(r"<[^<>]*>", lambda tag: _LONG.sub(lambda digits: digits[0][:3], tag[0]), svg)


def bar(value: float, largest: float) -> str:
    """A small signed bar, from its middle to the right for what supports, to the left for what opposes."""
    length = 0.0 if largest <= 0 else 50 * min(1.0, abs(value) / largest)
    start, kind = (50.0, "for") if value >= 0 else (50 - length, "against")
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{kind}" x="{start:.1f}" y="1" width="{length:.1f}" height="8"/>'
        '<rect class="axis" x="49.7" y="0" width="0.6" height="10"/></svg>'
    )


def data_block(name: str, value: Any) -> str:
    """JSON inside the page: it is data, is never run, and cannot end its element."""
    written = json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{name}">{written}</script>'


def csv_link(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], label: str) -> str:
    """A link that saves a table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([csv_cell(c) if isinstance(c, str) else _finite(c) for c in row] for row in rows)
    data = base64.b64encode(out.getvalue().encode()).decode()
    return f'<a download="{name}" href="data:text/csv;base64,{data}">{label}</a>'


def hashed(content: str) -> str:
    """What a content security policy calls a style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
