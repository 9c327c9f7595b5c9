"""``whyrec plugins check``: hold an installed plugin to the contract of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, request

if TYPE_CHECKING:
    from whyrec import Listed
    from whyrec.testing import Checked, Contract


@click.command("check")
@click.argument("name")
@click.option("--kind", metavar="KIND", help="Where several kinds have a plugin of that name: which one.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the plugin, as in epochs=2; may be repeated.",
)
@request(config=False)
def command(asked: Request, name: str, kind: str | None, given: tuple[str, ...]) -> None:
    """Run the conformance kit on a plugin: each check, ok, failed or skipped, with the reason.

    Exit 1 if one fails. The kit makes its own data; a plugin that reads files gets them by --set.
    """
    from whyrec.config.overrides import settings_of
    from whyrec.testing import contract_of

    listed = _find(asked, name, kind)
    contract = contract_of(listed, settings_of(given))
    listed.cls.require()
    contract.make()  # settings that are wrong are the user's, not a failed check
    found = _run(contract)
    columns = ("check", "state", "reason", "promise")
    rows = [(c.name, c.state, c.reason, c.promise) for c in found]
    short = [(c.name, c.state, c.reason.split("\n")[0]) for c in found]
    count = {state: sum(c.state == state for c in found) for state in ("ok", "failed", "skipped")}
    title = f"{listed.kind} {listed.name}, {listed.distribution} {listed.version}"
    asked.answer(
        Page(
            [Table(columns[:3], short, title=title, keep=2)],
            data={
                "kind": listed.kind,
                "name": listed.name,
                "distribution": listed.distribution,
                "version": listed.version,
                "checks": [dict(zip(columns, row, strict=True)) for row in rows],
            },
            rows=Table(columns, rows),
            notes=[f"{count['ok']} ok, {count['failed']} failed, {count['skipped']} do not apply"],
        )
    )
    if count["failed"]:
        raise click.exceptions.Exit(1)


def _find(asked: Request, name: str, kind: str | None) -> Listed:
    """Raises UnknownNameError, or ConfigError if several kinds have such a plugin."""
    from whyrec.errors import ConfigError, UnknownNameError, suggest

    found = [p for p in asked.registry.listed.values() if p.name == name and kind in (None, p.kind)]
    if len(found) == 1:
        return found[0]
    if found:
        kinds = " or ".join(f"--kind {p.kind}" for p in found)
        raise ConfigError(f"several plugins are named {name!r}", hint=f"say which one: {kinds}")
    for broken in asked.registry.broken:
        if name == broken.name:
            raise UnknownNameError(f"plugin {name!r} failed to load, at stage {broken.stage}: {broken.reason}")
    known = {p.name for p in asked.registry.listed.values() if kind in (None, p.kind)}
    raise UnknownNameError(f"unknown plugin {name!r}", hint=suggest(name, known, what="plugins"))


def _run(contract: Contract) -> list[Checked]:
    from whyrec_cli.terminal import progress_bar

    checks: dict[str, Any] = contract.checks()
    found = []
    with progress_bar() as progress:
        for done, (name, promise) in enumerate(checks.items()):
            if progress is not None:
                progress(done / len(checks), name.removeprefix("test_").replace("_", " "))
            found.append(contract.run_one(name, promise))
    return found
