"""The option ``--store``, shared by the commands that read or write the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from whyrec.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])

NONE = "none"

store_option: Callable[[F], F] = click.option(
    "--store",
    "stored",
    metavar="PATH",
    default="whyrec.db",
    envvar="WHYREC_STORE",
    help="The file of results; default whyrec.db here.",
)


def promised(stored: str) -> Store | Callable[[], Store] | None:
    """The store that is there, or what makes it once there is something to keep; None for ``none``.

    Raises StoreError.
    """
    from whyrec.store.store import Store

    if stored == NONE or Path(stored).exists():
        return opened(stored)
    return Store.to_be_made(Path(stored), name=stored)


def opened(stored: str) -> Store | None:
    """The store, made if it is not there; None for ``none``. Raises StoreError."""
    from whyrec.store.store import Store

    return None if stored == NONE else Store(Path(stored), name=stored)


def existing(stored: str) -> Store:
    """The store, which must be there. Raises StoreError."""
    from whyrec.store.store import Store

    return Store.existing(Path(stored), name=stored)
