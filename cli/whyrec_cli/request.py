"""Request: the options that all commands share, and what they stand for."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

import click

from whyrec_cli.output import FORMATS, Format, Page, emit

if TYPE_CHECKING:
    from whyrec import Dataset, Progress, Recommender, Registry
    from whyrec.config.model import Chosen, Config

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Request:
    """What was asked: which config, which overrides, which format; and where the answer goes."""

    path: Path | None
    overrides: tuple[str, ...]
    form: Format
    registry: Registry
    out: TextIO

    def config(self) -> Config:
        """The config, overrides applied. Raises ConfigError, UnknownNameError."""
        from whyrec.config.load import load_config

        return load_config(self.path, overrides=self.overrides, registry=self.registry)

    def answer(self, page: Page) -> None:
        emit(page, self.form, self.out)


def request(*, config: bool = True, form: bool = True) -> Callable[[F], F]:
    """Gives a command the shared options; its function gets a Request first. Without ``form`` there is no --format.

    While it runs, what anybody else prints goes to stderr: stdout is for data.
    """

    def decorate(function: F) -> F:
        def command(
            ctx: click.Context,
            form: str = "table",
            path: Path | None = None,
            overrides: tuple[str, ...] = (),
            seed: int | None = None,
            **given: Any,
        ) -> None:
            out = sys.stdout
            with contextlib.redirect_stdout(sys.stderr):
                from whyrec.registry import Registry

                registry = ctx.obj if isinstance(ctx.obj, Registry) else Registry.discover()
                seeds = () if seed is None else (f"run.seed={seed}",)
                asked = Request(path, (*overrides, *seeds), cast("Format", form), registry, out)
                function(asked, **given)

        whole: Any = click.pass_context(command)
        functools.update_wrapper(whole, function)
        if form:
            formats = click.Choice(FORMATS)
            whole = click.option("--format", "form", type=formats, default="table", help="How to print.")(whole)
        if config:
            for option in reversed(_CONFIG_OPTIONS):
                whole = option(whole)
        return cast("F", whole)

    return decorate


_CONFIG_OPTIONS = (
    click.argument("path", metavar="[CONFIG]", required=False, type=click.Path(path_type=Path)),
    click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key, as in recommender.0.l2=50."
    ),
    click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of everything, in place of [run] seed."),
)


def chosen_recommender(config: Config, name: str | None) -> Chosen:
    """The recommender of that id, or the first one. Raises UnknownNameError, ConfigError."""
    from whyrec.errors import ConfigError, Location, UnknownNameError, suggest

    if not config.recommenders:
        raise ConfigError(
            "the config names no recommender", where=Location(config.source), hint='add [[recommender]] use = "…"'
        )
    if name is None:
        return config.recommenders[0]
    for one in config.recommenders:
        if one.id == name:
            return one
    ids = [r.id for r in config.recommenders]
    raise UnknownNameError(f"the config has no recommender {name!r}", hint=suggest(name, ids, what="recommenders"))


def saved_model(function: F) -> F:
    """Gives a command the options --recommender, --model and --accept, for :func:`ready`."""
    function = click.option(
        "--accept",
        multiple=True,
        type=click.Choice(("events", "version")),
        help="What may differ from what a saved model learnt from: other events of the same items, another version.",
    )(function)
    function = click.option(
        "--model", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="A model that `train` saved."
    )(function)
    return click.option("--recommender", metavar="ID", help="Which recommender of the config; default the first.")(
        function
    )


def ready(
    asked: Request, config: Config, data: Dataset, recommender: str | None, folder: Path | None, accept: tuple[str, ...]
) -> tuple[str, Recommender]:
    """The id and the model: the saved one, else the chosen one, trained now. Raises DataError, UnknownNameError."""
    if folder is None:
        chosen = chosen_recommender(config, recommender)
        return chosen.id, fitted(config, chosen, data)
    from whyrec.saved import load_model

    model = load_model(folder, data, registry=asked.registry, accept=accept)
    return model.name, model


def check_model(recommender: str | None, folder: Path | None, accept: tuple[str, ...]) -> None:
    """Raises UsageError for options that do not go together."""
    if folder is not None and recommender is not None:
        raise click.UsageError("--model names a trained model: leave --recommender out")
    if accept and folder is None:
        raise click.UsageError("--accept is for a model that was saved: name it with --model")


def load_data(config: Config) -> Dataset:
    """The data of a config, all of them: recommending and explaining learn from whatever is known."""
    data: Dataset = config.data.instance.load(seed=config.run.seed)
    return data


def fitted(config: Config, chosen: Chosen, data: Dataset) -> Recommender:
    """The chosen model, trained, with a bar on a terminal. Whatever its code raises becomes a PluginError."""
    from whyrec_cli.terminal import progress_bar

    with progress_bar() as progress:
        return fit(config, chosen, data, progress)


def fit(config: Config, chosen: Chosen, data: Dataset, progress: Progress | None) -> Recommender:
    """The chosen model, trained; ``progress`` is told how far that is. Raises PluginError as :func:`fitted`."""
    from whyrec.errors import PluginError, WhyrecError

    model: Recommender = chosen.instance
    try:
        return model.fit(data, seed=config.run.seed, progress=progress)
    except WhyrecError:
        raise
    except Exception as error:  # a plugin's code may raise anything
        raise PluginError(f"{chosen.id} could not be fitted: {type(error).__name__}: {error}") from error
