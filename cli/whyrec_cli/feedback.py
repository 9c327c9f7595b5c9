"""``whyrec feedback``: what users answer to recommendations and reasons; it counts at once, and can be taken back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from whyrec_cli.heard import as_learnt
from whyrec_cli.output import Page, Table
from whyrec_cli.profiled import exact_time
from whyrec_cli.request import Request, check_model, chosen_recommender, load_data, ready, request, saved_model
from whyrec_cli.stored import NONE, existing, opened, store_option

if TYPE_CHECKING:
    from whyrec import Dataset, Recommender
    from whyrec.feedback.journal import Entry
    from whyrec.feedback.said import About, Said

_ANSWERS = ("useful", "not-right", "less", "own", "not-why", "hide", "more", "delete", "off", "on")
_COLUMNS = ("id", "time", "user", "about", "answer", "subject", "by")


@click.group("feedback")
def command() -> None:
    """Keep what users say of items, reasons and interests; `recommend` and `explain` heed it at once."""


@command.command("add")
@click.option("--user", required=True, help="Who says it.")
@click.option("--item", metavar="ID", help="About an item: useful, not-right, less, own.")
@click.option("--reason", metavar="ID", help="About a reason, an item of the history: not-why, hide.")
@click.option("--interest", metavar="VALUE", help="About an interest, such as Comedy: more, less, delete.")
@click.option("--by", metavar="COLUMN", help="What the interest is a value of; default the data's own grouping.")
@click.option(
    "--answer", required=True, type=click.Choice(_ANSWERS), help="What is said; off and on are about personalization."
)
@click.option("--preview", is_flag=True, help="Write nothing; show which of the user's next items would change.")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Of how many next items.")
@saved_model
@store_option
@request()
def add(
    asked: Request,
    user: str,
    item: str | None,
    reason: str | None,
    interest: str | None,
    by: str | None,
    answer: str,
    preview: bool,
    k: int,
    recommender: str | None,
    folder: Path | None,
    accept: tuple[str, ...],
    stored: str,
) -> None:
    """Write down one piece of feedback. The data of CONFIG must know what it names."""
    from whyrec.feedback.journal import Journal
    from whyrec.feedback.said import Said, checked

    about, subject = _about(item, reason, interest)
    check_model(recommender, folder, accept)
    config = asked.config()
    data = as_learnt(load_data(config), folder, stored)
    said = checked(Said(user, about, answer, subject, by), data)
    if preview:
        if folder is None:
            chosen_recommender(config, recommender)
        before = _standing(stored, user)
        _, model = ready(asked, config, data, recommender, folder, accept)
        asked.answer(_preview(model, said, before, k))
        return
    if (store := opened(stored)) is None:
        raise click.UsageError("feedback needs a store: leave --store none out")
    with store:
        entry = Journal(store).add(said, data)
    asked.answer(Page([_table([entry])]))


@command.command("list")
@click.option("--user", help="Only this user's.")
@click.option("--all", "every", is_flag=True, help="Also what was taken back.")
@store_option
@request(config=False)
def list_feedback(asked: Request, user: str | None, every: bool, stored: str) -> None:
    """List what stands, oldest first."""
    from whyrec.feedback.journal import Journal

    with existing(stored) as store:
        asked.answer(Page([_table(Journal(store).list(user, undone=every), every=every)]))


@command.command("undo")
@click.argument("number", type=int)
@store_option
@request(config=False)
def undo(asked: Request, number: int, stored: str) -> None:
    """Take a piece back: all is as if it had not been said."""
    from whyrec.feedback.journal import Journal

    with existing(stored) as store:
        asked.answer(Page([_table([Journal(store).undo(number)], every=True)]))


@command.command("export")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), help="A .parquet or .jsonl file."
)
@store_option
@request(config=False)
def export_feedback(asked: Request, target: Path, stored: str) -> None:
    """Write every piece to a file, also what was taken back."""
    from whyrec.feedback.export import export
    from whyrec.feedback.journal import Journal

    with existing(stored) as store:
        count = export(Journal(store).list(undone=True), target)
    asked.answer(Page([Table(("file", "pieces"), [(str(target), count)])]))


@command.command("stats")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Of how many next items.")
@saved_model
@store_option
@request()
def stats(
    asked: Request, k: int, recommender: str | None, folder: Path | None, accept: tuple[str, ...], stored: str
) -> None:
    """Count what was said, and measure it: how much of what should be less is gone from the next lists."""
    from whyrec.feedback.journal import Journal
    from whyrec.feedback.measured import measured

    check_model(recommender, folder, accept)
    with existing(stored) as store:
        journal = Journal(store)
        entries, said = journal.list(undone=True), journal.by_user()
    config = asked.config()
    data = as_learnt(load_data(config), folder, stored)
    shown, model = ready(asked, config, data, recommender, folder, accept)
    counts = Counter((e.said.about, e.said.answer, e.undone) for e in entries)
    counted = [(*pair, counts[(*pair, False)], counts[(*pair, True)]) for pair in dict.fromkeys(c[:2] for c in counts)]
    less = measured(model, said, k)
    gone = [one.gone for one in less if one.gone is not None]
    mean = sum(gone) / len(gone) if gone else None
    tables = [
        Table(("about", "answer", "stands", "taken back"), counted, title="What was said", keep=2),
        Table(
            ("user", "by", "interest", "before", "now", "gone"),
            [(one.user, one.by, one.interest, one.before, one.after, one.gone) for one in less],
            title=f"Shares of the {k} next items by {shown}, of what should be less",
            keep=3,
        ),
    ]
    data_ = {
        "said": [dict(zip(("about", "answer", "stands", "undone"), row, strict=True)) for row in counted],
        "less": [{**vars(one), "gone": one.gone} for one in less],
        "mean_gone": mean,
    }
    notes = [] if mean is None else [f"on average {mean:.0%} of the share is gone ({len(gone)} interests)"]
    asked.answer(Page([t for t in tables if t.rows] or tables[:1], data=data_, rows=tables[1], notes=notes))


# -- inside -----------------------------------------------------------------------------------------


def _about(item: str | None, reason: str | None, interest: str | None) -> tuple[About, str]:
    """What it is about. Raises UsageError if that is several things."""
    named = [
        (about, subject) for about, subject in (("item", item), ("reason", reason), ("interest", interest)) if subject
    ]
    if len(named) > 1:
        raise click.UsageError("say one thing at a time: --item, --reason or --interest")
    return cast("tuple[About, str]", named[0] if named else ("user", ""))


def _standing(stored: str, user: str) -> list[Said]:
    if stored == NONE or not Path(stored).exists():
        return []
    from whyrec.feedback.journal import Journal

    with existing(stored) as store:
        return Journal(store).standing(user)


def _preview(model: Recommender, said: Said, before: list[Said], k: int) -> Page:
    from whyrec.feedback.measured import change

    found = change(model, said.user, before, [*before, said], k)
    rows = [("leaves", *_named(model.data, item)) for item in found.left]
    rows += [("comes", *_named(model.data, item)) for item in found.came]
    table = Table(("change", "item_id", "title"), rows, title=f"The {k} next items of {said.user}", keep=2)
    return Page([table], notes=[f"{len(found.left)} of {len(found.before)} items would change; nothing was written"])


def _named(data: Dataset, item: int) -> tuple[str, str]:
    return data.catalog.items[item], data.catalog.title(item)


def _table(entries: list[Entry], *, every: bool = False) -> Table:
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        said = entry.said
        row = (entry.id, exact_time(entry.at), said.user, said.about, said.answer, said.subject, said.by)
        rows.append((*row, entry.undone) if every else row)
    return Table((*_COLUMNS, "undone") if every else _COLUMNS, rows, keep=1)
