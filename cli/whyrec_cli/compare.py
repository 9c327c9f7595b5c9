"""``whyrec compare``: recommenders and explanations, judged side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from whyrec_cli.compared import page
from whyrec_cli.output import emit
from whyrec_cli.request import Request, chosen_recommender, request

if TYPE_CHECKING:
    from whyrec.config.model import Config


@click.command("compare")
@click.option("--metrics", metavar="NAMES", help="Only these metrics or figures, with commas: ndcg,lxr11.del")
@click.option("--output", type=click.Path(path_type=Path), help="Write to a file, not to stdout.")
@request()
def command(asked: Request, metrics: str | None, output: Path | None) -> None:
    """Train every recommender, run every explainer on it, judge both.

    Without CONFIG: a made storefront. Exit 1 if a cell failed; the others are done all the same.
    """
    from whyrec.comparison.run import compare
    from whyrec_cli.terminal import progress_bar

    config = asked.config()
    chosen_recommender(config, None)
    figures: list[str] = []
    if metrics is not None:
        config, figures = _only(asked, config, [name.strip() for name in metrics.split(",")])
    if output is not None:
        _must_be_writable(output)
    with progress_bar() as progress:
        result = compare(config, asked.registry, progress=progress)
    answer = page(result.to_dict(), figures)
    if output is None:
        asked.answer(answer)
    else:
        _write(asked, answer, output)
    if result.failed:
        raise click.exceptions.Exit(1)


def _only(asked: Request, config: Config, names: list[str]) -> tuple[Config, list[str]]:
    """The config with the metrics that were named (by id, by plugin name, or by a figure), and the figures to show."""
    from dataclasses import replace

    from whyrec.config.model import Chosen
    from whyrec.errors import UnknownNameError, suggest

    known = {m.id: m for m in config.metrics}
    for name in asked.registry.names("metric"):
        if name not in {m.use for m in config.metrics}:
            known.setdefault(name, Chosen(name, name, {}, asked.registry.make("metric", name)))
    figures = {card.name: m.id for m in known.values() for card in m.instance.measures()}
    picked, asked_for = {}, []
    for name in names:
        found = name if name in known else figures.get(name)
        if found is None:
            hint = suggest(name, [*known, *figures], what="metrics")
            raise UnknownNameError(f"--metrics: unknown metric {name!r}", hint=hint)
        picked[found] = known[found]
        asked_for += [card.name for card in known[found].instance.measures()] if name in known else [name]
    return replace(config, metrics=tuple(picked.values())), asked_for


def _must_be_writable(output: Path) -> None:
    """Better now than after the work."""
    from whyrec.errors import InputError

    if output.is_dir() or not output.absolute().parent.is_dir():
        raise InputError(f"--output {output}: not a file in a folder that exists")


def _write(asked: Request, answer: object, output: Path) -> None:
    """Beside the file first, so that an old one stays whole if writing fails."""
    import os

    from whyrec.errors import InputError
    from whyrec_cli.output import Page

    if not isinstance(answer, Page):
        raise TypeError("a page was expected")
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            emit(answer, asked.form, file)
        os.replace(part, output)  # noqa: PTH105  the same on every system: it overwrites
    except PermissionError as error:
        raise InputError(f"--output {output}: {error.strerror}") from None
