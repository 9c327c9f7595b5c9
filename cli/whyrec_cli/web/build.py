"""Build: a site from a config, its models waiting to be fitted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from whyrec import Dataset, Recommender, Registry, Words
from whyrec.config.model import Chosen, Config
from whyrec_cli.request import chosen_recommender, fit
from whyrec_cli.stored import NONE
from whyrec_cli.web.asked import ForList, ForReasons
from whyrec_cli.web.listed import list_of
from whyrec_cli.web.models import Fit, Models, Seat, needs_to_be_alone
from whyrec_cli.web.reasons import reasons_of
from whyrec_cli.web.shelf import Shelf
from whyrec_cli.web.site import MOST, Site, voices_of

if TYPE_CHECKING:
    from whyrec import Progress


def site_of(
    registry: Registry,
    config: Config,
    data: Dataset,
    *,
    recommenders: Sequence[str] = (),
    explainers: Sequence[str] = (),
    stored: str = NONE,
    read_only: bool = False,
    language: str = "en",
    model: Recommender | None = None,
) -> Site:
    """The site of a config's recommenders (of those named), or of a model that was saved.

    Raises ConfigError, UnknownNameError, StoreError for a store that is there and cannot be used.
    """
    voices = voices_of(registry, config, explainers)
    if model is not None:
        seats = [_seat(registry, Chosen(model.name, model.name, {}, model), lambda progress: model)]
        seats[0].model = model
    else:
        named = [chosen_recommender(config, name) for name in dict.fromkeys(recommenders)]
        if not named:
            chosen_recommender(config, None)
        chosen = named or [one for one in config.recommenders if not one.instance.missing()]
        seats = [_seat(registry, one, partial(_fit, config, one, data)) for one in chosen]
    words = {tag: Words.find(registry, tag) for tag in registry.names("language")}
    shelf = Shelf(stored)
    shelf.standing("")
    return Site(
        config,
        data,
        registry,
        Models(seats),
        voices,
        words,
        language if language in words else next(iter(words), "en"),
        shelf,
        read_only or stored == NONE,
    )


def learn(site: Site) -> None:
    """Fit what waits, then load what explainers load late, so that the first reader need not wait for it."""
    site.models.fit_all()
    name = next((seat.id for seat in site.models.seats.values() if seat.model is not None), None)
    if name is None or not site.lengths.any():
        return
    user = site.data.users[int(np.argmax(site.lengths > 0))]
    with contextlib.suppress(Exception):  # a plugin's code may raise anything: readers are told when they ask
        for item in list_of(site, ForList(recommender=name, user=user, k=1), site.language)["items"]:
            voices = list(site.voices)[:MOST]
            asked = ForReasons(recommender=name, user=user, item=item["item"], explainers=voices)
            reasons_of(site, asked, site.language)


def start(site: Site) -> None:
    """:func:`learn`, in a thread that ends with the program."""
    threading.Thread(target=learn, args=(site,), name="learn", daemon=True).start()


def _seat(registry: Registry, chosen: Chosen, how: Fit) -> Seat:
    listed = registry.find("recommender", chosen.use)
    return Seat(
        chosen.id,
        chosen.use,
        f"{listed.distribution} {listed.version}".strip(),
        type(chosen.instance).summary,
        how,
        needs_to_be_alone(chosen.instance, listed.distribution),
    )


def _fit(config: Config, chosen: Chosen, data: Dataset, progress: Progress) -> Recommender:
    return fit(config, chosen, data, progress)
