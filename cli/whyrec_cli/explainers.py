"""Which explainers answer, in ``explain`` and ``ui``: those of the config, else plugins with default settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whyrec import Explainer, Recommender, Registry
    from whyrec.config.model import ChosenExplainer, Config

USUAL = ("weights", "shap", "lime")


def named_explainer(registry: Registry, config: Config, name: str) -> tuple[Explainer, dict[str, Any]]:
    """By its id in the config, with what it is asked there, else by its plugin's name with default settings."""
    for one in config.explainers:
        if one.id == name:
            return one.instance, question(one)
    return registry.make_explainer(name), {}


def question(one: ChosenExplainer) -> dict[str, Any]:
    """What an explainer of the config is asked there."""
    return {"by": one.by, "target": one.target, "removal": one.removal}


def default_explainer(
    registry: Registry, config: Config, model: Recommender, players: str
) -> tuple[str, Explainer, dict[str, Any]]:
    """The first explainer of the config that fits, else the first usual one that does."""
    for one in config.explainers:
        if one.instance.refuses(model, players) is None:
            return one.id, one.instance, question(one)
    names = [name for name in USUAL if name in registry.names("explainer")]
    for name in (*names, *registry.names("explainer")):
        explainer = registry.make_explainer(name)
        if explainer.refuses(model, players) is None and not explainer.missing():
            return name, explainer, {}
    from whyrec.errors import UnsupportedError

    raise UnsupportedError(f"no explainer fits {model.name} with players {players!r}", hint="see `whyrec plugins`")
