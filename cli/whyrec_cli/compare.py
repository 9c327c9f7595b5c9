"""``whyrec compare``: recommenders and explanations, judged side by side."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from whyrec_cli.compared import page
from whyrec_cli.output import FORMATS, Page, emit
from whyrec_cli.request import Request, chosen_recommender, request
from whyrec_cli.safe import lines
from whyrec_cli.stored import NONE, promised, store_option

if TYPE_CHECKING:
    from whyrec import Comparison
    from whyrec.config.model import Config


@click.command("compare")
@click.option("--metrics", metavar="NAMES", help="Only these metrics or figures, with commas: ndcg,lxr11.del")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write to a file, not to stdout; .json, .csv or .md says how."
)
@store_option
@click.option("--fresh", is_flag=True, help="Compute everything anew.")
@click.option("--retry", type=click.Choice(("failed", "timeout", "all")), help="Try these cells again.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, help="How many cells at a time; default 1.")
@click.option(
    "--isolation",
    type=click.Choice(("process", "none")),
    default="process",
    help="Where cells run: in workers, or in this process.",
)
@request()
def command(asked: Request, **given: Any) -> None:
    """Train every recommender, run every explainer on it, judge both.

    Without CONFIG: a made storefront. What the store holds already is not done again. Exit 1 if a cell failed; the
    others are done all the same.
    """
    config = asked.config()
    chosen_recommender(config, None)
    figures: list[str] = []
    if given["metrics"] is not None:
        config, figures = _only(asked, config, [name.strip() for name in given["metrics"].split(",")])
    output: Path | None = given["output"]
    if output is not None:
        _must_be_writable(output)
        asked = _as_named(asked, output)
    result = _compared(asked, config, given)
    answer = page(result.to_dict(), figures)
    if output is None:
        asked.answer(answer)
    else:
        _write(asked, answer, output)
    if result.run is not None:
        planned = sum(c.state != "skipped" for c in result.cells)
        there = planned - min(result.computed, planned)
        _say(f"{given['stored']}: run {result.run}, {result.computed} cells computed, {there} there already")
    if result.failed:
        raise click.exceptions.Exit(1)


def _compared(asked: Request, config: Config, given: dict[str, Any]) -> Comparison:
    from whyrec.comparison.run import compare
    from whyrec.comparison.stop import Interrupted, Stop
    from whyrec.store.store import Store
    from whyrec_cli.terminal import progress_bar

    stop = Stop(_say)
    store = promised(given["stored"])
    try:
        with store if isinstance(store, Store) else nullcontext(), stop.watching(), progress_bar() as progress:
            return compare(
                config,
                asked.registry,
                store=store,
                jobs=given["jobs"],
                isolation=given["isolation"],
                fresh=given["fresh"],
                retry=[given["retry"]] if given["retry"] else [],
                stop=stop,
                progress=progress,
            )
    except Interrupted as error:
        _say(f"interrupted: {error}")
        if given["stored"] != NONE:
            _say(f"go on with: {_again(asked, given)}")
        raise click.exceptions.Exit(130) from None


def _again(asked: Request, given: dict[str, Any]) -> str:
    """The command that goes on where this one stopped."""
    words = ["whyrec", "compare", *([str(asked.path)] if asked.path else [])]
    for override in asked.overrides:
        words += ["--set", override]
    if asked.form != "table":
        words += ["--format", asked.form]
    for name, usual in (("metrics", None), ("output", None), ("stored", "whyrec.db"), ("jobs", 1)):
        if given[name] != usual:
            words += [f"--{'store' if name == 'stored' else name}", str(given[name])]
    return shlex.join(words)


def _say(message: str) -> None:
    click.echo(lines(message), err=True)


def _only(asked: Request, config: Config, names: list[str]) -> tuple[Config, list[str]]:
    """The config with the metrics that were named (by id, by plugin name, or by a figure), and the figures to show."""
    from dataclasses import replace

    from whyrec.config.model import Chosen
    from whyrec.errors import UnknownNameError, suggest

    known = {m.id: m for m in config.metrics}
    for name in asked.registry.names("metric"):
        if name not in {m.use for m in config.metrics}:
            known.setdefault(name, Chosen(name, name, {}, asked.registry.make("metric", name)))
    figures = {card.name: m.id for m in known.values() for card in m.instance.cards()}
    picked, asked_for = {}, []
    for name in names:
        found = name if name in known else figures.get(name)
        if found is None:
            hint = suggest(name, [*known, *figures], what="metrics")
            raise UnknownNameError(f"--metrics: unknown metric {name!r}", hint=hint)
        picked[found] = known[found]
        asked_for += [card.name for card in known[found].instance.cards()] if name in known else [name]
    return replace(config, metrics=tuple(picked.values())), asked_for


def _as_named(asked: Request, output: Path) -> Request:
    """A file is printed in the format that its name ends in, unless --format says otherwise."""
    from dataclasses import replace

    usual = click.get_current_context().get_parameter_source("form") is ParameterSource.DEFAULT
    form = next((form for form in FORMATS if output.suffix.lower() == f".{form}"), asked.form)
    return replace(asked, form=form) if usual else asked


def _must_be_writable(output: Path) -> None:
    """Better now than after the work."""
    from whyrec.errors import InputError

    if output.is_dir() or not output.absolute().parent.is_dir():
        raise InputError(f"--output {output}: not a file in a folder that exists")


def _write(asked: Request, answer: Page, output: Path) -> None:
    """Beside the file first, so that an old one stays whole if writing fails."""
    from whyrec.errors import InputError
    from whyrec.store.errors import DiskError

    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            emit(answer, asked.form, file)
        part.replace(output)
    except PermissionError as error:
        raise InputError(f"--output {output}: {error.strerror}") from None
    except OSError as error:
        raise DiskError(
            f"--output {output}: could not be written: {error.strerror}",
            hint="an old file is as it was; make room on the disk, then give the same command again",
        ) from None
    finally:
        part.unlink(missing_ok=True)
