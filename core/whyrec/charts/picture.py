"""Picture: a described chart, and its renderings. Nothing is fetched, and no browser is needed."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from whyrec.errors import DataError, MissingPackageError
from whyrec.safe import plain

FONTS = "Noto Sans, Noto Sans CJK SC, Noto Sans CJK, DejaVu Sans, Arial, sans-serif"
"""The first that is installed; titles may be in any script."""

SUFFIXES = (".svg", ".png", ".json")

SUPPORTS, OPPOSES, PLAIN = "#1f77b4", "#d95f02", "#8a8f98"
"""For, against, neither: told apart without seeing hues by their lightness, and always by a sign too."""

_CONFIG = {
    "font": FONTS,
    "background": "#ffffff",
    "view": {"stroke": None},
    "axis": {
        "labelFont": FONTS,
        "titleFont": FONTS,
        "labelLimit": 320,
        "grid": False,
        "labelFontSize": 12,
        "labelFlush": False,
    },
    "header": {"labelFont": FONTS, "titleFont": FONTS},
    "legend": {"labelFont": FONTS, "titleFont": FONTS, "labelLimit": 240},
    "title": {"font": FONTS, "anchor": "start", "fontSize": 14, "subtitleFont": FONTS, "limit": 640},
    "text": {"font": FONTS},
}


@dataclass(frozen=True, eq=False)
class Picture:
    """A chart. ``spec`` is a Vega-Lite object with its data inside; ``alt`` says in words what it shows."""

    spec: dict[str, Any]
    alt: str

    def svg(self) -> str:
        """The picture as an SVG document. Raises MissingPackageError without the extra ``report``."""
        text: str = _converter().vegalite_to_svg(self.spec)
        return text

    def png(self, *, scale: float = 2.0) -> bytes:
        """The picture as a PNG. Raises MissingPackageError without the extra ``report``."""
        found: bytes = _converter().vegalite_to_png(self.spec, scale=scale)
        return found

    def save(self, path: str | Path) -> Path:
        """Write the picture; the suffix says what: ``.svg``, ``.png`` or ``.json`` (the chart's description).

        The file is written whole or not at all. Raises DataError for another suffix, or where it cannot be written.
        """
        path = Path(path)
        check_target(path)
        kind = path.suffix.lower()
        if kind == ".svg":
            content = self.svg().encode()
        elif kind == ".png":
            content = self.png()
        else:
            content = json.dumps(self.spec, ensure_ascii=False, indent=1).encode()
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror}", hint="choose another place") from None
        return path

    def _repr_html_(self) -> str:
        """The SVG itself: a static picture in notebooks, with its words for those who do not see it."""
        return f'<div role="img" aria-label="{escape(self.alt)}">{self.svg()}</div>'


def check_target(path: Path) -> None:
    """Whether a picture can be written as this file: before the work is done that it shows.

    Raises DataError for another suffix, MissingPackageError without the extra ``report``.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise DataError(
            f"{path}: a picture cannot be written as {repr(kind) if kind else 'a file without a suffix'}",
            hint=f"end the name in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}",
        )
    altair()
    if kind != ".json":
        _converter()


def drawn(chart: Any, alt: str) -> Picture:
    """The picture of an altair chart."""
    spec = _plain(chart.configure(**_CONFIG).to_dict(format="vega-lite"))
    spec.pop("$schema", None)
    spec["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json"
    spec["usermeta"] = {"alt": alt}
    return Picture(spec, plain(alt))


def _plain(value: Any) -> Any:
    """The description with every text in it made plain: a renderer may end the process at a control character."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def altair() -> Any:
    """The altair package. Raises MissingPackageError without the extra ``report``."""
    try:
        import altair as found
    except ImportError:
        raise _missing("altair") from None
    return found


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise _missing("vl-convert-python") from None
    return vl_convert


def _missing(package: str) -> MissingPackageError:
    return MissingPackageError(
        f"pictures need the package {package!r}, which is not installed", hint='pip install "whyrec[report]"'
    )


def shortened(text: str, limit: int = 42) -> str:
    """A label that fits beside a bar: one line, without control characters and direction marks."""
    text = plain(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
