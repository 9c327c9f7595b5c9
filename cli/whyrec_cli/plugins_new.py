"""``whyrec plugins new``: a package with one plugin, which passes the conformance kit as it is written."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.plugin_files import KINDS, files
from whyrec_cli.request import Request, request

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@click.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the plugin is.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the package is written; default whyrec-NAME.",
)
@request(config=False)
def command(asked: Request, name: str, kind: str, folder: Path | None) -> None:
    """Write a package with one plugin: pyproject.toml, code, a test of five lines, a README.

    It works as it stands: change `_fit` and `_score`, or `_explain`, and let the test tell what breaks.
    """
    from whyrec.errors import ConfigError, DataError, Location

    if not _NAME.fullmatch(name) or len(name) > 50:
        raise ConfigError(
            f"{name[:60]!r} is no name for a plugin", hint="small letters, digits and single hyphens: my-model"
        )
    if (kind, name) in asked.registry.listed:
        twin = asked.registry.listed[kind, name]
        raise ConfigError(f"{twin.distribution} {twin.version} has {kind} {name!r} already", hint="choose another name")
    distribution = f"whyrec-{name.removeprefix('whyrec-')}"
    target = folder or Path(distribution)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(
            "is there already; nothing was written", where=Location(str(target)), hint="name another folder"
        )
    made = files(kind, name=name, distribution=distribution, cls=class_name(name))
    for path, text in made.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
    notes = [
        "Next:",
        f"  pip install -e {target}",
        f"  pytest {target}",
        f"  whyrec plugins check {name} --kind {kind}",
    ]
    asked.answer(Page([Table(("file",), [(str(target / path),) for path in made])], notes=notes))


def class_name(name: str) -> str:
    """``my-model`` → ``MyModel``; never a keyword or what the module imports."""
    made = "".join(part.capitalize() for part in name.split("-"))
    taken = keyword.iskeyword(made) or made in ("Annotated", "Attribution", "Explainer", "Field", "Recommender")
    return f"{made}Plugin" if taken else made
