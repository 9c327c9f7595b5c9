"""Writes docs/reference/plugins.md from the bundled plugins themselves: ``python docs/make_plugins.py``."""

import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from whyrec import Registry
from whyrec.registry import capabilities_of
from whyrec.settings import parameters

PAGE = Path(__file__).parent / "reference" / "plugins.md"
HEAD = """# Bundled plugins

Made from the plugins themselves by `python docs/make_plugins.py`; a test holds this page to them. `whyrec plugins`
lists these and whatever else is installed.
"""
KINDS = {
    "recommender": "Recommenders",
    "explainer": "Explainers",
    "metric": "Metrics",
    "dataset": "Datasets",
    "embedding": "Text embeddings",
    "language": "Languages",
}
PLAIN = {int: "integer", float: "number", str: "text", bool: "`true` or `false`", Path: "path", Any: "anything"}
SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def page(registry: Registry) -> str:
    """The whole page."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        parts.append(f"## {title}\n")
        listed = [p for p in registry.listed.values() if p.kind == kind and p.distribution == "whyrec"]
        parts += [one(kind, p.name, p.cls) for p in sorted(listed, key=lambda p: p.name)]
    return "\n".join(parts)


def one(kind: str, name: str, cls: type) -> str:
    lines = [f"### `{name}`\n", f"{cls.summary[:1].upper()}{cls.summary[1:]}.\n"]
    if cls.packages:
        lines.append(f"Needs: {', '.join(f'`{p}`' for p in cls.packages)}.\n")
    if kind == "recommender" and (can := capabilities_of(cls)):
        lines.append(f"Can: {', '.join(f'`{c}`' for c in can)}.\n")
    if kind == "explainer":
        for players, wanted in cls.needs.items():
            models = " or ".join(f"`{c.__name__}`" for c in wanted)
            lines.append(f"- players `{players}`: {f'a model that is {models}' if models else 'any model'}")
        lines.append("")
    if kind == "metric":
        lines += ["| figure | good | formula | range |", "| --- | --- | --- | --- |"]
        lines += [f"| `{m.name}` | {m.better or ''} | {cell(m.formula)} | {cell(m.range)} |" for m in cls().measures()]
        lines.append("")
    if known := parameters(cls):
        told = descriptions(cls)
        lines += ["| setting | type | default | meaning |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{p.name}` | "
            + " | ".join(map(cell, (kind_of(p.annotation), default(p.default), told.get(p.name, ""))))
            + " |"
            for p in known.values()
        ]
        lines.append("")
    return "\n".join(lines)


def kind_of(annotation: Any) -> str:
    """A type in words, with its range."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in PLAIN:
        return PLAIN[annotation]
    if origin is typing.Annotated:
        return " ".join([kind_of(args[0]), *(bounds(meta) for meta in args[1:])]).strip()
    if origin in (Union, types.UnionType):
        return " or ".join(kind_of(a) for a in args if a is not type(None))
    if origin is Literal:
        return ", ".join(f'`"{a}"`' if isinstance(a, str) else f"`{a}`" for a in args)
    if origin is tuple:
        return "list of " + " and ".join(kind_of(a) for a in args if a is not ...)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return f"table of {kind_of(args[1])}"
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        return f"list of {kind_of(args[0])}"
    return getattr(annotation, "__name__", str(annotation))


def bounds(meta: Any) -> str:
    """``Field(gt=0, le=1)`` → ``> 0, ≤ 1``."""
    inner = getattr(meta, "metadata", [meta])
    said = [f"{sign} {getattr(m, key)}" for m in inner for key, sign in SIGNS.items() if hasattr(m, key)]
    return ", ".join(said)


def default(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str | Path):
        return f'`"{value}"`'
    if isinstance(value, Mapping):
        return "`{ " + ", ".join(f"{k} = {v}" for k, v in value.items()) + " }`" if value else "`{}`"
    if isinstance(value, tuple | list):
        return "`[" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in value) + "]`"
    return f"`{value}`"


def descriptions(cls: type) -> dict[str, str]:
    """Parameter → what the class's docstring says of it (``name : text``, under Parameters)."""
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("Parameters\n----------\n")
    found: dict[str, str] = {}
    for names, text in re.findall(r"^([\w, ]+?) : (.*(?:\n[ \t]+.*)*)", section, flags=re.M):
        for name in names.split(", "):
            found[name] = " ".join(text.split())
    return found


def cell(text: str) -> str:
    """Text for a table cell: reStructuredText's double backticks become single ones, bars are escaped."""
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(Registry.discover()), encoding="utf-8")
