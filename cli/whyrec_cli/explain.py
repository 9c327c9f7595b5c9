"""``whyrec explain``: who carried a recommendation, signed, adding up to its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from whyrec_cli.explained import page
from whyrec_cli.request import Request, chosen_recommender, fitted, load_data, request

if TYPE_CHECKING:
    from whyrec import Dataset, Explainer, Explanation, Recommender
    from whyrec.config.model import ChosenExplainer, Config

PLAYERS = ("history", "interests", "features")
_USUAL = ("weights", "shap", "lime")


@click.command("explain")
@click.option("--user", required=True, help="A user id.")
@click.option("--item", "items", multiple=True, help="An item id; may be repeated. Default: the user's best ones.")
@click.option("-k", "k", type=click.IntRange(1, 100), default=3, show_default=True, help="How many best items.")
@click.option("--recommender", metavar="ID", help="Which recommender of the config; default the first.")
@click.option(
    "--explainer",
    "explainers",
    multiple=True,
    metavar="ID",
    help="An id of the config or a plugin's name; repeat to compare.",
)
@click.option("--players", type=click.Choice(PLAYERS), default="history", show_default=True, help="Who is to answer.")
@click.option("--by", metavar="COLUMN", help="What interests are grouped by: a feature column, or behavior.")
@click.option("--target", metavar="TARGET", help="What is explained: score, probability, margin@K, margin-near, rank.")
@click.option("--removal", metavar="RULE", help="What absent means: drop, shrink, fill.")
@click.option("--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many players to show.")
@request()
def command(
    asked: Request,
    user: str,
    items: tuple[str, ...],
    k: int,
    recommender: str | None,
    explainers: tuple[str, ...],
    players: str,
    by: str | None,
    target: str | None,
    removal: str | None,
    top: int,
) -> None:
    """Explain why a user is recommended an item: the base, each player's share, the rest, the score.

    Several explainers stand side by side. The model learns from all the data, as for `recommend`.
    """
    config = asked.config()
    chosen = chosen_recommender(config, recommender)
    named = [(name, *_explainer(asked, config, name)) for name in explainers]
    data = load_data(config)
    row = data.users.find(user)
    wanted = data.catalog.items.find_all(items)
    model = fitted(config, chosen, data)
    if not named:
        named = [_default(asked, config, model, players)]
    history = data.histories.take(data.users.find_all([user]))
    if not items:
        best = model.top(history, k).items[0]
        wanted = best[best >= 0]
    ids = [data.catalog.items[int(i)] for i in wanted]
    done: dict[str, list[Explanation]] = {}
    refused: dict[str, str] = {}
    failed: dict[str, str] = {}
    asked_of = {"by": by, "target": target, "removal": removal}
    given = {key: value for key, value in asked_of.items() if value is not None}
    for name, explainer, question in named:
        how = {**question, **given, "players": players, "seed": config.run.seed}
        _one(model, explainer, name, user, ids, how, done, refused, failed)
    if not done and not failed:
        from whyrec.errors import UnsupportedError

        raise UnsupportedError("; ".join(refused.values()))
    asked.answer(page(done, refused | failed, history=_sentence(data, row, chosen.id), top=top, model=chosen.id))
    if failed:
        raise click.exceptions.Exit(1)


def _one(
    model: Recommender,
    explainer: Explainer,
    name: str,
    user: str,
    ids: list[str],
    how: dict[str, Any],
    done: dict[str, list[Explanation]],
    refused: dict[str, str],
    failed: dict[str, str],
) -> None:
    """One explainer's column; what it cannot do, or does wrong, is kept as the reason."""
    from whyrec.errors import UnsupportedError, WhyrecError

    try:
        done[name] = model.explain(user, ids, explainer=explainer, **how)
    except UnsupportedError as error:
        refused[name] = f"{name}: skipped: {error}"
    except WhyrecError as error:
        failed[name] = f"{name}: failed: {type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001  a plugin's code may raise anything
        failed[name] = f"{name}: failed: {type(error).__name__}: {error}"


def _explainer(asked: Request, config: Config, name: str) -> tuple[Explainer, dict[str, Any]]:
    """By its id in the config, with what it is asked there, else by its plugin's name with default settings."""
    for one in config.explainers:
        if one.id == name:
            return one.instance, _question(one)
    return asked.registry.make_explainer(name), {}


def _question(one: ChosenExplainer) -> dict[str, Any]:
    return {"by": one.by, "target": one.target, "removal": one.removal}


def _default(asked: Request, config: Config, model: Recommender, players: str) -> tuple[str, Explainer, dict[str, Any]]:
    """The first explainer of the config that fits, else the first usual one that does."""
    for one in config.explainers:
        if one.instance.refuses(model, players) is None:
            return one.id, one.instance, _question(one)
    names = [name for name in _USUAL if name in asked.registry.names("explainer")]
    for name in (*names, *asked.registry.names("explainer")):
        explainer = asked.registry.make_explainer(name)
        if explainer.refuses(model, players) is None and not explainer.missing():
            return name, explainer, {}
    from whyrec.errors import UnsupportedError

    raise UnsupportedError(f"no explainer fits {model.name} with players {players!r}", hint="see `whyrec plugins`")


def _sentence(data: Dataset, row: int, model: str) -> str | None:
    """What to say of a user without a history."""
    start, end = data.histories.indptr[row], data.histories.indptr[row + 1]
    if end > start:
        return None
    return (
        f"Nothing is known of user {data.users[row]!r}: no event is on record. The score is what {model} gives to "
        "anybody without a history, so nothing in the history explains it."
    )
