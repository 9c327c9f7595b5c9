"""``whyrec explain``: who carried a recommendation, signed, adding up to its score, and in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whyrec_cli.explained import page
from whyrec_cli.explainers import default_explainer, named_explainer
from whyrec_cli.heard import as_learnt, effects, feedback_option
from whyrec_cli.plotted import check_plot, explained_picture, plot_option, profile_picture
from whyrec_cli.profiled import check_times, known_at, profile_page, times
from whyrec_cli.request import Request, check_model, chosen_recommender, load_data, ready, request, saved_model
from whyrec_cli.words import lang_option, words

if TYPE_CHECKING:
    from whyrec import Explainer, Explanation, Recommender, Words

PLAYERS = ("history", "interests", "features")


@click.command("explain")
@click.option("--user", required=True, help="A user id.")
@click.option("--item", "items", multiple=True, help="An item id; may be repeated. Default: the user's best ones.")
@click.option("-k", "k", type=click.IntRange(1, 100), default=3, show_default=True, help="How many best items.")
@saved_model
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
@times
@lang_option
@plot_option("Draw the answer too")
@feedback_option
@request()
def command(
    asked: Request,
    user: str,
    items: tuple[str, ...],
    k: int,
    recommender: str | None,
    folder: Path | None,
    accept: tuple[str, ...],
    explainers: tuple[str, ...],
    players: str,
    by: str | None,
    target: str | None,
    removal: str | None,
    top: int,
    at: tuple[str, ...],
    profiled: bool,
    periods: int | None,
    lang: str | None,
    plot: Path | None,
    feedback: bool | None,
    stored: str,
) -> None:
    """Explain why a user is recommended an item: the base, each player's share, the rest, the score, a sentence.

    Several explainers stand side by side. The model learns from all the data, or is a saved one, as for
    `recommend`. With --at the history is that of an earlier time; with --profile interests are followed over time.
    What the user said (`whyrec feedback`) counts.
    """
    said = words(asked.registry, lang)
    check_model(recommender, folder, accept)
    check_times(at, profiled, periods, items, explainers, target, removal)
    check_plot(plot)
    config = asked.config()
    if folder is None:
        chosen_recommender(config, recommender)
    named = [(name, *named_explainer(asked.registry, config, name)) for name in explainers]
    data = as_learnt(load_data(config), folder, stored)
    row = data.users.find_all([user])  # before a model is trained for nobody
    wanted = data.catalog.items.find_all(items)
    ((effect, pieces),) = effects(data, (user,), stored, False if profiled else feedback, at)
    shown, model = ready(asked, config, data, recommender, folder, accept)
    if not named:
        named = [default_explainer(asked.registry, config, model, "interests" if profiled else players)]
    if profiled:
        from whyrec import profile

        name, explainer, question = named[0]
        grouped, seed = by or question.get("by"), config.run.seed
        found = profile(
            model, user, by=grouped, at=at or None, periods=periods or 6, k=k, explainer=explainer, seed=seed
        )
        drawn = [] if plot is None else [said("explain.picture", path=profile_picture(found, said).save(plot))]
        faded = data.decay is not None
        asked.answer(profile_page(found, (shown, name), k=k, top=top, faded=faded, words=said, notes=drawn))
        return
    history, then = known_at(data, data.histories.take(row), at[0] if at else None, said)
    if not items:
        best = effect.top(model, history, k).items[0]
        wanted = best[best >= 0]
        if not len(wanted):
            from whyrec.errors import UnsupportedError

            raise UnsupportedError(
                f"nothing is left to recommend to {user!r}, who met every item", hint="name an item: --item"
            )
    seen = effect.history(data, history)
    ids = [data.catalog.items[int(i)] for i in wanted]
    done: dict[str, list[Explanation]] = {}
    refused: dict[str, str] = {}
    failed: dict[str, str] = {}
    given = {key: value for key, value in {"by": by, "target": target, "removal": removal}.items() if value is not None}
    for name, explainer, question in named:
        how = {**question, **given, "players": players, "seed": config.run.seed, "history": seen, "language": said.tag}
        _one(model, explainer, name, user, ids, how, said, done, refused, failed)
    if not done and not failed:
        from whyrec.errors import UnsupportedError

        raise UnsupportedError("; ".join(refused.values()))
    nobody = None if history.n_events else said("explain.nobody", user=user, model=shown)
    heard = said("explain.feedback", user=user, n=pieces) if pieces else None
    told = " ".join(line for line in (then, nobody, heard) if line)
    notes = refused | failed
    if plot is not None and done:
        picture = explained_picture(list(done.values()), top, said)
        notes |= {"--plot": said("explain.picture", path=picture.save(plot))}
    asked.answer(page(done, notes, history=told or None, top=top, model=shown, words=said))
    if failed:
        raise click.exceptions.Exit(1)


def _one(
    model: Recommender,
    explainer: Explainer,
    name: str,
    user: str,
    ids: list[str],
    how: dict[str, Any],
    said: Words,
    done: dict[str, list[Explanation]],
    refused: dict[str, str],
    failed: dict[str, str],
) -> None:
    """One explainer's column; what it cannot do, or does wrong, is kept as the reason."""
    from whyrec.errors import UnsupportedError, WhyrecError

    try:
        done[name] = model.explain(user, ids, explainer=explainer, **how)
    except UnsupportedError as error:
        refused[name] = said("explain.skipped", name=name, reason=error)
    except WhyrecError as error:
        failed[name] = said("explain.failed", name=name, reason=f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001  a plugin's code may raise anything
        failed[name] = said("explain.failed", name=name, reason=f"{type(error).__name__}: {error}")
