"""``whyrec train``: fit one recommender of a config and keep it as data, for `recommend` and `explain`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import click

from whyrec_cli.heard import with_said
from whyrec_cli.output import Page, Table
from whyrec_cli.plotted import check_plot, plot_option
from whyrec_cli.request import Request, chosen_recommender, fitted, load_data, request
from whyrec_cli.stored import store_option


@click.command("train")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the model is kept; a model that is there is replaced.",
)
@click.option("--recommender", metavar="ID", help="Which recommender of the config; default the first.")
@click.option(
    "--dtype",
    type=click.Choice(["float16", "int8"]),
    help="Keep a smaller model, with matrices in half precision or a byte a number; default as they are.",
)
@plot_option("Draw the training curves")
@click.option(
    "--feedback", is_flag=True, help="Learn also from what users said: its events, of behavior feedback, join the data."
)
@store_option
@request()
def command(
    asked: Request,
    folder: Path,
    recommender: str | None,
    dtype: Literal["float16", "int8"] | None,
    plot: Path | None,
    feedback: bool,
    stored: str,
) -> None:
    """Train a recommender and save it: a folder of data, without code.

    It learns from all the data (a split is for `compare`). `recommend` and `explain` take it with --model; where
    feedback came in since, with --accept events besides.
    """
    from whyrec import Trained, UnsupportedError
    from whyrec.saved import check_savable
    from whyrec.saved_manifest import read_manifest

    config = asked.config()
    chosen = chosen_recommender(config, recommender)
    check_savable(chosen.instance, folder)
    check_plot(plot)
    if plot is not None and not chosen.instance.can(Trained):
        raise UnsupportedError(
            f"{chosen.id} keeps no training curve: it is not trained step by step", hint="leave --plot out"
        )
    data = load_data(config)
    if feedback:
        data = with_said(data, stored)
    begun = time.perf_counter()
    model = fitted(config, chosen, data)
    seconds = time.perf_counter() - begun
    model.save(folder, registry=asked.registry, dtype=dtype)
    notes = []
    if plot is not None:
        from whyrec.charts.judged import training

        notes.append(f"picture: {training({chosen.id: model.training_curve()}).save(plot)}")  # type: ignore[attr-defined]  # it can: that was asked
    kept = read_manifest(folder)
    row = {
        "recommender": chosen.id,
        "plugin": kept.plugin,
        "version": kept.version,
        "data": kept.data.name,
        "fingerprint": kept.data.fingerprint[:12],
        "seed": kept.seed,
        "arrays": len(kept.arrays.tensors),
        "bytes": kept.arrays.bytes,
        "seconds": seconds,
        "folder": str(folder),
    }
    asked.answer(Page([Table(tuple(row), [tuple(row.values())], keep=1)], notes=notes))
