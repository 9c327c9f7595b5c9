"""``whyrec recommend``: the best items for some users, with their titles."""

from __future__ import annotations

import click
import numpy as np

from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, chosen_recommender, fitted, load_data, request


@click.command("recommend")
@click.option("--user", "users", multiple=True, required=True, help="A user id; may be repeated.")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many items.")
@click.option("--recommender", metavar="ID", help="Which recommender of the config; default the first.")
@request()
def command(asked: Request, users: tuple[str, ...], k: int, recommender: str | None) -> None:
    """Recommend items to users: user, item, title, score, rank.

    The model learns from all the data (a split is for `compare`); items that a user met are left out.
    """
    config = asked.config()
    chosen = chosen_recommender(config, recommender)
    data = load_data(config)
    rows = data.users.find_all(users)
    model = fitted(config, chosen, data)
    top = model.top(data.histories.take(rows), k)
    catalog = data.catalog
    table = Table(
        ("user_id", "item_id", "title", "score", "rank"),
        [
            (user, catalog.items[item], catalog.title(item), float(top.scores[r, rank]), rank + 1)
            for r, user in enumerate(users)
            for rank, item in enumerate(top.items[r].tolist())
            if item >= 0
        ],
        keep=2,
    )
    asked.answer(Page([table]))
    for user, length in zip(users, np.diff(data.histories.indptr)[rows], strict=True):
        if length == 0:
            click.echo(
                f"nothing is known of user {user!r}: these are the items that {chosen.id} gives to anybody", err=True
            )
