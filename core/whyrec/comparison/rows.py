"""Rows that every table has: the floor, a random order, and the ceiling, a search on the very figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from whyrec.config.model import ChosenExplainer, Config
from whyrec.metric import Metric
from whyrec.registry import Registry

Role = Literal["explainer", "floor", "ceiling"]

FLOOR, CEILING = "random", "search"
"""The explainer plugins that make them."""

ORDERS = 5
"""How many random orders the floor is the mean of; never the best of several."""


def role_of(use: str) -> Role:
    """What a row stands for in the table, by its explainer plugin."""
    return "floor" if use == FLOOR else "ceiling" if use == CEILING else "explainer"


def with_floor(config: Config, registry: Registry) -> Config:
    """The config with a floor for every way in which its explainers are asked.

    A floor that the config has itself gets the kinds of players that it lacks; where it has none for a grouping and
    removal rule, one is added.
    """
    judged = any(isinstance(m.instance, Metric) for m in config.metrics)
    if not judged or not config.explainers or FLOOR not in registry.names("explainer"):
        return config
    explainers = list(config.explainers)
    for key in dict.fromkeys((e.by, e.removal) for e in config.explainers):
        same = [e for e in explainers if (e.by, e.removal) == key]
        floors = [e for e in same if e.use == FLOOR]
        there = {kind for e in floors for kind in e.players}
        missing = tuple(dict.fromkeys(kind for e in same for kind in e.players if kind not in there))
        if not missing:
            continue
        if floors:
            at = explainers.index(floors[0])
            explainers[at] = replace(floors[0], players=(*floors[0].players, *missing))
        else:
            name, made = _free(FLOOR, {e.id for e in explainers}), registry.make("explainer", FLOOR)
            explainers.append(ChosenExplainer(FLOOR, name, {}, made, None, missing, key[0], "score", key[1]))
    return replace(config, explainers=tuple(explainers))


def aims_at(explainer: Any, figure: str) -> bool:
    """Whether a ceiling is a search on a given figure, by its settings ``steps`` (the protocol), ``metric`` and ``k``.

    ``lxr11.pos@10`` is the figure of ``steps="lxr11", metric="pos", k=10``; ``ke.cdcg@3`` of ``steps="ke",
    metric="cdcg"`` (a search is for all lengths at once). ``ndcg`` and ``cdcg`` are one.
    """
    protocol, _, rest = figure.partition(".")
    name, _, cutoff = rest.partition("@")
    aim = str(getattr(explainer, "metric", ""))
    if getattr(explainer, "steps", None) != protocol or _DCG.get(name, name) != _DCG.get(aim, aim):
        return False
    return name not in ("pos", "neg") or cutoff.partition(":")[0] == str(getattr(explainer, "k", ""))


_DCG = {"cdcg": "ndcg"}


def _free(name: str, known: set[str]) -> str:
    """The name, or the name with the first number that is free."""
    number = 2
    found = name
    while found in known:
        found, number = f"{name}-{number}", number + 1
    return found
