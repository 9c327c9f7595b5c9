"""``whyrec recommend``: the best items for some users, with their titles."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from whyrec_cli.heard import as_learnt, effects, feedback_option
from whyrec_cli.output import Page, Table
from whyrec_cli.profiled import at as at_time, check_moment, known_at
from whyrec_cli.request import Request, check_model, chosen_recommender, load_data, ready, request, saved_model
from whyrec_cli.words import lang_option, words


@click.command("recommend")
@click.option("--user", "users", multiple=True, required=True, help="A user id; may be repeated.")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many items.")
@saved_model
@at_time(multiple=False)
@lang_option
@feedback_option
@request()
def command(
    asked: Request,
    users: tuple[str, ...],
    k: int,
    recommender: str | None,
    folder: Path | None,
    accept: tuple[str, ...],
    at: str | None,
    lang: str | None,
    feedback: bool | None,
    stored: str,
) -> None:
    """Recommend items to users: user, item, title, score, rank.

    The model learns from all the data (a split is for `compare`), or is one that `train` saved; items that a user met
    are left out. With --at, histories are those of an earlier time. What users said (`whyrec feedback`) counts.
    """
    said = words(asked.registry, lang)
    check_model(recommender, folder, accept)
    check_moment(at)
    config = asked.config()
    if folder is None:
        chosen_recommender(config, recommender)
    data = as_learnt(load_data(config), folder, stored)
    rows = data.users.find_all(users)
    heard = effects(data, users, stored, feedback, at)
    name, model = ready(asked, config, data, recommender, folder, accept)
    histories, then = known_at(data, data.histories.take(rows), at, said)
    top = model.top(histories, k)
    for r, (effect, pieces) in enumerate(heard):
        if pieces or "feedback" in histories.behavior_names:  # whose events give way to what stands now
            own = effect.top(model, histories.take(np.array([r])), k)
            top.items[r], top.scores[r] = own.items[0], own.scores[0]
    catalog = data.catalog
    table = Table(
        ("user_id", "item_id", "title", "score", "rank"),
        [
            (user, catalog.items[item], catalog.title(item, said.tag), float(top.scores[r, rank]), rank + 1)
            for r, user in enumerate(users)
            for rank, item in enumerate(top.items[r].tolist())
            if item >= 0
        ],
        keep=2,
    )
    counted = [said("explain.feedback", user=user, n=n) for user, (_, n) in zip(users, heard, strict=True) if n]
    asked.answer(Page([table], notes=[*([then] if then else []), *counted]))
    for user, length in zip(users, np.diff(histories.indptr), strict=True):
        if length == 0:
            click.echo(f"nothing is known of user {user!r}: these are the items that {name} gives to anybody", err=True)
