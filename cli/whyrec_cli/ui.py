"""``whyrec ui``: a page on this machine, to look at lists and reasons, to try them, and to answer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from whyrec_cli.heard import as_learnt
from whyrec_cli.request import Request, check_model, load_data, ready, request
from whyrec_cli.stored import store_option
from whyrec_cli.words import lang_option, words

PACKAGES = ("jinja2", "starlette", "uvicorn")


@click.command("ui")
@click.option("--recommender", "recommenders", multiple=True, metavar="ID", help="Only these of the config.")
@click.option(
    "--explainer",
    "explainers",
    multiple=True,
    metavar="ID",
    help="An id of the config or a plugin's name; may be repeated. Default: those of the config.",
)
@click.option(
    "--model", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="A model that `train` saved."
)
@click.option(
    "--accept",
    multiple=True,
    type=click.Choice(("events", "version")),
    help="What may differ from what a saved model learnt from: other events of the same items, another version.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="An address of this machine that only it can reach."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any that is free.")
@click.option("--read-only", is_flag=True, help="Take no feedback.")
@click.option("--open/--no-open", "shown", default=None, help="Open a browser; by default on a terminal.")
@lang_option
@store_option
@request(form=False)
def command(
    asked: Request,
    recommenders: tuple[str, ...],
    explainers: tuple[str, ...],
    folder: Path | None,
    accept: tuple[str, ...],
    host: str,
    port: int,
    read_only: bool,
    shown: bool | None,
    lang: str | None,
    stored: str,
) -> None:
    """Open a page: find somebody, read why, switch reasons off, answer. It prints its address, and ends with Ctrl-C.

    Models learn in the background, from all the data. The page is for this machine only; whoever has the address that
    is printed may use it.
    """
    check_packages()
    check_model(recommenders[0] if recommenders else None, folder, accept)
    language = words(asked.registry, lang).tag
    config = asked.config()
    from whyrec_cli.web.app import app_of
    from whyrec_cli.web.build import site_of, start
    from whyrec_cli.web.guard import Token
    from whyrec_cli.web.serve import address_of, listening, run

    found = listening(host, port)
    data = as_learnt(load_data(config), folder, stored)
    site = site_of(
        asked.registry,
        config,
        data,
        recommenders=recommenders,
        explainers=explainers,
        stored=stored,
        read_only=read_only,
        language=language,
        model=None if folder is None else ready(asked, config, data, None, folder, accept)[1],
    )
    token = Token()
    address = f"{address_of(host, found)}/?token="

    def announce() -> None:
        click.echo(f"{address}{token.value}", file=asked.out)
        asked.out.flush()
        start(site)
        if shown if shown is not None else asked.out.isatty():
            click.launch(f"{address}{token.ticket()}")

    try:
        run(app_of(site, token), found, announce)
    finally:
        site.shelf.close()


def check_packages() -> None:
    """Raises MissingPackageError for what is not installed, naming the extra."""
    from whyrec.errors import MissingPackageError

    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise MissingPackageError(f"the page needs {', '.join(missing)}", hint="pip install 'whyrec[ui]'")
