"""``whyrec plugins``: what is there, what it can do, what it lacks, what is broken and why; ``check`` and ``new``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.plugins_check import command as check
from whyrec_cli.plugins_new import command as new
from whyrec_cli.request import Request, request

if TYPE_CHECKING:
    from whyrec import Listed

Row: TypeAlias = dict[str, Any]

KINDS = ("recommender", "explainer", "metric", "dataset", "embedding", "language")
_NAMED = 3  # plugins that lack the same package, by name
_BROKEN_COLUMNS = ("kind", "name", "distribution", "version", "stage", "reason")


@click.group("plugins", invoke_without_command=True)
@click.option("--kind", type=click.Choice(KINDS), help="Only one kind.")
@click.option("--strict", is_flag=True, help="Exit 1 if a plugin is broken.")
@request(config=False)
def command(asked: Request, kind: str | None, strict: bool) -> None:
    """List the plugins: kind, name, distribution, what each can do, what it needs.

    A plugin that failed to load is listed with the stage and the reason; all others work on. One whose optional package
    is not installed is not broken: it is listed with the command that installs it.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        context.obj = asked.registry
        return
    found: list[Row] = []
    broken: list[Row] = []
    for listed in asked.registry.listed.values():
        if kind not in (None, listed.kind):
            continue
        try:
            missing, remedy = list(listed.cls.missing()), listed.cls.remedy()
        except Exception as error:  # noqa: BLE001  a plugin may have written its own
            reason = f"{type(error).__name__}: {error}"
            broken.append(dict(zip(_BROKEN_COLUMNS, (*_origin(listed), "missing()", reason), strict=True)))
            continue
        found.append(
            {
                **dict(zip(("kind", "name", "distribution", "version"), _origin(listed), strict=True)),
                "can": _abilities(listed),
                "needs": list(listed.cls.packages),
                "missing": missing,
                "install": remedy,
                "summary": listed.cls.summary,
            }
        )
    # What failed before its kind was known stands in every list.
    broken += [
        {c: getattr(b, c) for c in _BROKEN_COLUMNS}
        for b in asked.registry.broken
        if kind in (None, b.kind) or not b.kind
    ]
    found.sort(key=lambda row: (KINDS.index(row["kind"]), row["name"]))
    asked.answer(_page(found, broken))
    if strict and broken:
        raise click.exceptions.Exit(1)


command.add_command(check)
command.add_command(new)


def _page(found: list[Row], broken: list[Row]) -> Page:
    listing = Table(
        ("kind", "name", "distribution", "version", "can", "needs", "summary"),
        [
            (
                *_head(row),
                ", ".join(row["can"]),
                ", ".join(_need(p, row["missing"]) for p in row["needs"]),
                row["summary"],
            )
            for row in found
        ],
        keep=2,
    )
    tables = [listing]
    notes = []
    if broken:
        rows = [tuple(row[c] for c in _BROKEN_COLUMNS) for row in broken]
        tables.append(Table(_BROKEN_COLUMNS, rows, title="Broken", keep=2))
    lacking: dict[tuple[str, str], list[str]] = {}
    for row in found:
        if row["missing"]:
            lacking.setdefault((", ".join(row["missing"]), row["install"]), []).append(row["name"])
    for (packages, remedy), names in lacking.items():
        notes.append(f"{_some(names)} {'need' if len(names) > 1 else 'needs'} {packages}: {remedy}")
    flat = Table(
        ("kind", "name", "distribution", "version", "state", "can", "needs", "missing", "stage", "reason"),
        [
            (
                *_head(r),
                "missing" if r["missing"] else "ok",
                *(" ".join(r[c]) for c in ("can", "needs", "missing")),
                "",
                "",
            )
            for r in found
        ]
        + [(*_head(r), "broken", "", "", "", r["stage"], r["reason"]) for r in broken],
    )
    return Page(tables, data={"plugins": found, "broken": broken}, rows=flat, notes=notes)


def _some(names: list[str]) -> str:
    """a; a and b; a, b, c and 4 more."""
    shown = names if len(names) <= _NAMED + 1 else [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _origin(listed: Listed) -> tuple[str, str, str, str]:
    return listed.kind, listed.name, listed.distribution, listed.version


def _head(row: Row) -> tuple[Any, ...]:
    return row["kind"], row["name"], row["distribution"], row["version"]


def _need(package: str, missing: list[str]) -> str:
    return f"{package} (missing)" if package in missing else package


def _abilities(listed: Listed) -> list[str]:
    from whyrec.registry import capabilities_of

    return list(capabilities_of(listed.cls)) if listed.kind in ("recommender", "explainer") else []
