"""Every error has a code, and docs/reference/errors.md shows for each what is really printed.

``python -m pytest tests/hostile/test_codes.py`` names the codes whose example is missing or has changed.
"""

import csv
import gzip
import io
import re
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest

from whyrec import Attribution, Dataset, Explainer, Explanation, LinearInHistory, load_model, read_table
from whyrec.data.frames import history_columns, to_frame
from whyrec.data.read import Dialect, _Reader
from whyrec.data.splits import split
from whyrec.store.errors import DiskError
from whyrec.store.store import Store
from whyrec_cli.main import describe
from whyrec_cli.web import errors as refused

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "errors.md"
SECTION = re.compile(r"^### `(WR-[A-Z]\d{3})`: [^\n]+\n\n```text\n(.*?)```", flags=re.M | re.S)
HEAD = '[data]\nuse = "events"\npath = "events.csv"\n'
EASE = '\n[[recommender]]\nuse = "ease"\n'
EVENTS = "user_id,item_id\nann,tea\nann,cup\nben,tea\n"


class Silent(Explainer):
    """Says that nobody did anything, and that this adds up."""

    name = "silent"
    needs = {"history": (LinearInHistory,)}

    def _explain(self, model, games, rngs):
        return [Attribution(np.zeros((len(g.items), g.n_players)), g.base_value) for g in games]


class Narrow(Silent):
    name = "narrow"

    def _explain(self, model, games, rngs):
        return [Attribution(np.zeros((1, 1)), g.base_value) for g in games]


class Needy(Silent):
    name = "needy"
    packages = ("no_such_package",)


def config(tail="", head=HEAD, **files):
    """The files of an example; ``whyrec config check shop.toml`` unless said otherwise."""
    return {"shop.toml": head + tail, "events.csv": EVENTS, **files}


def data(content, **files):
    return {"shop.toml": HEAD, "events.csv": content, **files}


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, EVENTS)
    return buffer.getvalue()


CHECK, DESCRIBE = ("config", "check", "shop.toml"), ("data", "describe", "shop.toml")
# Code → the files and the command.
COMMANDS = {
    "WR-C001": (config(), CHECK),
    "WR-C002": ({}, CHECK),
    "WR-C003": (config("\n[run\n"), CHECK),
    "WR-C004": (config(EASE + "l2 = 1\nl2 = 2\n"), CHECK),
    "WR-C005": (config(head=""), CHECK),
    "WR-C006": ({"shop.toml": HEAD.encode("utf-16")}, CHECK),
    "WR-C007": (config(EASE + "l2 = " + "[" * 100), CHECK),
    "WR-C008": (config("\n[runs]\nusers = 5\n"), CHECK),
    "WR-C009": (config(head=EASE), CHECK),
    "WR-C010": (config('\n[recommender]\nuse = "ease"\n'), CHECK),
    "WR-C011": (config(EASE + "max_itms = 9\n"), CHECK),
    "WR-C012": (config(EASE + 'l2 = "50"\n'), CHECK),
    "WR-C013": (config(head=HEAD.replace("use", "name")), CHECK),
    "WR-C014": (config(EASE + EASE), CHECK),
    "WR-C015": (config(head=HEAD.replace("events.csv", "evnts.csv")), CHECK),
    "WR-C016": (config(EASE + '\n[[explainer]]\nuse = "shap"\nplayers = ["histroy"]\n'), CHECK),
    "WR-C017": (config('\n[split]\nby = "file"\n'), CHECK),
    "WR-C018": (config(EASE), (*CHECK, "--set", "recommender.l2=50")),
    "WR-N001": (config(EASE.replace("ease", "populr")), CHECK),
    "WR-N002": (config(EASE), ("recommend", "shop.toml", "--user", "anne")),
    "WR-I001": (config(EASE), ("compare", "shop.toml", "--output", "reports/today.json")),
    "WR-U001": (
        config(EASE), ("explain", "shop.toml", "--user", "ben", "--explainer", "weights", "--players", "features"),
    ),
    "WR-D003": ({"shop.toml": HEAD, "events.csv/part-1.csv": EVENTS}, DESCRIBE),
    "WR-D004": (data(zipped("../events.csv")), DESCRIBE),
    "WR-D005": (data(gzip.compress(EVENTS.encode())[:-9]), DESCRIBE),
    "WR-D006": (data(gzip.compress(b"0" * 90_000_000)), DESCRIBE),
    "WR-D007": (data(zipped("may.csv", "june.csv")), DESCRIBE),
    "WR-D008": (data(""), DESCRIBE),
    "WR-D009": (data("user_id,item_id\n"), DESCRIBE),
    "WR-D010": (config("delimiter = '\"'\n"), DESCRIBE),
    "WR-D011": (data(EVENTS.replace(",", ";")), DESCRIBE),
    "WR-D012": (data(EVENTS + 'ann,"cup\n'), DESCRIBE),
    "WR-D013": (data(EVENTS + "x" * 200_000 + ",cup\n"), DESCRIBE),
    "WR-D015": (data(EVENTS.replace("user_id", "item_id")), DESCRIBE),
    "WR-D016": (data((EVENTS + "ann,茶杯\n").encode("gb18030")), DESCRIBE),
    "WR-D017": (data(EVENTS + "\0\0\0\n"), DESCRIBE),
    "WR-D018": (data(EVENTS.replace("user_id", "user")), DESCRIBE),
    "WR-D019": (config('rejected = "events.csv"\n'), DESCRIBE),
    "WR-D020": (data(EVENTS + ",cup\n"), DESCRIBE),
    "WR-D021": (config('where = { item_id = ["te"] }\n'), DESCRIBE),
    "WR-D022": (config("behaviors = { click = 1 }\n"), DESCRIBE),
    "WR-S001": ({}, ("runs", "list", "--store", "whyrec.db")),
    "WR-S002": ({"whyrec.db": "no store" * 999}, ("runs", "list", "--store", "whyrec.db")),
}  # fmt: skip


# -- errors that come from Python ---------------------------------------------------------------------------


def shop(**columns):
    return Dataset.from_frame({"user_id": ["ann", "ann", "ben"], "item_id": ["tea", "cup", "tea"], **columns})


def fitted(registry):
    return registry.make("recommender", "ease").fit(shop(), seed=1)


def newer(here):
    Store(here / "whyrec.db").close()
    connection = sqlite3.connect(here / "whyrec.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    Store(here / "whyrec.db", name="whyrec.db")


def saved(registry, spoil):
    """A model saved in ``models``, spoilt, and loaded again."""
    folder = Path("models")
    registry.make("recommender", "item-knn").fit(shop(), seed=1).save(folder, registry=registry)
    data = spoil(folder) or shop()
    load_model(folder, data, registry=registry)


def no_manifest(folder):
    next(folder.glob("*.json")).write_bytes(b"\x80\x04\x95")


def changed(folder):
    arrays = next(folder.glob("*.safetensors"))
    arrays.write_bytes(arrays.read_bytes()[:-8] + b"changed!")


def other_items(folder):
    return Dataset.from_frame({"user_id": ["ann"], "item_id": ["pot"]})


def raise_(error):
    raise error


# Code → what raises it, given the registry and the folder of the test.
CALLS = {
    "WR-B001": lambda registry, here: raise_(RuntimeError("nobody thought of this")),
    "WR-M001": lambda registry, here: raise_(MemoryError()),
    "WR-M002": lambda registry, here: raise_(OSError(28, "No space left on device", "report.html")),
    "WR-M003": lambda registry, here: raise_(
        DiskError("whyrec.db: could not be written: database or disk is full", hint="make room on the disk")
    ),
    "WR-N003": lambda registry, here: Needy().explain(fitted(registry), []),
    "WR-U002": lambda registry, here: registry.make("recommender", "ease").top(shop().histories, 3),
    "WR-P001": lambda registry, here: fitted(registry).explain("ann", ["tea"], explainer=Narrow()),
    "WR-P002": lambda registry, here: fitted(registry).explain("ann", ["cup"], explainer=Silent()),
    "WR-D001": lambda registry, here: raise_(Explanation.from_dict({"schema": "other/1"})),
    "WR-D002": lambda registry, here: read_table(here / "evnts.csv"),
    "WR-D014": lambda registry, here: raise_(
        _Reader("events.csv", EVENTS, Dialect())._bad_row(csv.Error("unexpected end of data"))
    ),
    "WR-D023": lambda registry, here: shop(user_id=[1.5, 2.0, 3.0]),
    "WR-D024": lambda registry, here: to_frame(7, what="events"),
    "WR-D025": lambda registry, here: history_columns({"item_id": ["tea"], "weight": ["much"]}),
    "WR-D026": lambda registry, here: split(shop(), by="time"),
    "WR-S003": lambda registry, here: newer(here),
    "WR-W001": lambda registry, here: raise_(refused.malformed("invalid JSON: EOF while parsing an object")),
    "WR-W002": lambda registry, here: raise_(refused.out_of_bounds("k", "Input should be less than or equal to 100")),
    "WR-W003": lambda registry, here: raise_(refused.no_token()),
    "WR-W004": lambda registry, here: raise_(refused.other_site("Origin is 'https://evil.example'")),
    "WR-W005": lambda registry, here: raise_(refused.read_only("--read-only")),
    "WR-W006": lambda registry, here: raise_(refused.nothing_there("GET", "/api/lists")),
    "WR-W007": lambda registry, here: raise_(refused.too_large(262144)),
    "WR-W008": lambda registry, here: raise_(refused.not_json("text/plain")),
    "WR-W009": lambda registry, here: raise_(refused.wrong_host("evil.example")),
    "WR-W010": lambda registry, here: raise_(refused.busy()),
    "WR-W011": lambda registry, here: raise_(refused.still_fitting("ease", 0.4)),
    "WR-F001": lambda registry, here: saved(registry, no_manifest),
    "WR-F002": lambda registry, here: saved(registry, changed),
    "WR-F003": lambda registry, here: saved(registry, other_items),
    "WR-F004": lambda registry, here: fitted(registry).save(here, registry=registry),
}


def printed(code, whyrec, folder, registry):
    """What the command line says; the folder of the test is called /shop."""
    if code in COMMANDS:
        files, command = COMMANDS[code]
        folder.write(files)
        said = whyrec(*command).stderr
    else:
        folder.write({"events.csv": EVENTS})
        with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it is, the command line describes it
            CALLS[code](registry, folder.path)
        said = f"error: {describe(caught.value)[1]}\n"
    return said.replace(str(folder.path), "/shop")


def documented():
    return dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("code", sorted({*COMMANDS, *CALLS}))
def test_the_example_of_a_code_is_what_is_printed(code, whyrec, folder, registry):
    said = printed(code, whyrec, folder, registry)
    assert said.endswith(f" [{code}]\n")
    assert without_hashes(documented()[code]) == without_hashes(said)


def without_hashes(text):
    """A saved model's hash moves with whatever decides its bytes."""
    return re.sub(r"[0-9a-f]{12,16}", "HASH", text)


def test_every_code_has_its_example():
    """Codes stand in the source, each in quotes; none is left that means nothing."""
    used = set()
    for part in ("core", "plugins", "cli"):
        for path in (ROOT / part).rglob("*.py"):
            used |= set(re.findall(r"\bWR-[A-Z]\d{3}\b", path.read_text(encoding="utf-8")))
    assert used == {*COMMANDS, *CALLS}
    assert list(documented()) == sorted(documented())
    assert set(documented()) == used


def test_every_class_of_errors_has_a_code_of_its_own():
    from whyrec.errors import WhyrecError

    def below(cls):
        yield cls
        for child in cls.__subclasses__():
            yield from below(child)

    ours = [cls for cls in below(WhyrecError) if cls.__module__.startswith("whyrec")]
    codes = [cls.__dict__.get("code") for cls in ours]
    assert None not in codes
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(documented())
