"""The option ``--lang``: in which language people are told, by default that of their environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from whyrec import Registry, Words

F = TypeVar("F", bound=Callable[..., Any])
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

lang_option: Callable[[F], F] = click.option(
    "--lang",
    "lang",
    metavar="TAG",
    help="Language of sentences and titles: en, zh, or a plugin's; default by LC_ALL, LC_MESSAGES or LANG, else en.",
)


def words(registry: Registry, lang: str | None) -> Words:
    """The words of the language named, else of the environment's if a plugin brings it, else English.

    Raises UnknownNameError for a language that was named and is not there.
    """
    from whyrec import Words

    return Words.find(registry, lang or of_environment(os.environ, registry.names("language")))


def of_environment(variables: Mapping[str, str], known: tuple[str, ...]) -> str:
    """``zh_CN.UTF-8`` → ``zh``: the first variable that is set decides, as POSIX has it."""
    told = next((value for name in VARIABLES if (value := variables.get(name))), "")
    tag = re.split("[.@]", told)[0].replace("_", "-")
    return next((one for one in (tag, tag.split("-")[0].lower()) if one in known), "en")
