"""``whyrec report``: a run of ``compare`` as one HTML file that anybody can open."""

from __future__ import annotations

from pathlib import Path

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, request
from whyrec_cli.stored import existing, store_option
from whyrec_cli.words import lang_option, words


@click.command("report")
@click.argument("run", required=False, type=int)
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="FILE", help="An .html file."
)
@lang_option
@store_option
@request(config=False)
def command(asked: Request, run: int | None, target: Path, lang: str | None, stored: str) -> None:
    """Write a run as one HTML file; without RUN, the last one.

    It asks nobody for anything, can be read with scripts off, and holds all languages: --lang is the one shown first.
    """
    from whyrec.charts.picture import check_target
    from whyrec.report.gathered import gather
    from whyrec.report.page import page, write

    check_target(target.with_suffix(".svg"))  # its pictures
    first = words(asked.registry, lang)
    every = [words(asked.registry, tag) for tag in asked.registry.names("language")]
    with existing(stored) as store:
        found = gather(store, run)
    size = write(page(found, every, first=first.tag), target)
    asked.answer(Page([Table(("run", "file", "bytes"), [(found.run.id, str(target), size)])]))
