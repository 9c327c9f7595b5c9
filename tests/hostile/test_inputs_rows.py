"""Ten kinds of bad rows: set aside, counted by reason, kept with their line; too many of them stop the run."""

import csv
import json

import pytest

CONFIG = """\
[data]
use = "events"
path = "events.csv"
user = "user"
item = "item"
behavior = "what"
value = "value"
time = "time"
behaviors = { click = 1, buy = 3 }
rejected = "rejected.csv"
"""
N = 100
GOOD = "user,item,what,value,time\n" + "".join(f"u{i % 7},i{i % 5},click,3,{1_600_000_000 + i}\n" for i in range(N))
TWICE = "exact duplicate"
OTHER = "same user, item and time with another value (the last row is kept)"

# Number and name; rows that are added; how each is counted.
ROWS = [
    ("25-too few fields", ["u1,i1,click,3"], ["too few fields"]),
    ("26-too many fields", ["u1,i1,click,3,1600000000,9,9"], ["too many fields"]),
    (
        "27-empty user or item", [",i1,click,3,1600000000", "u1,  ,click,3,1600000001"],
        ["empty user", "empty item"],
    ),
    (
        "28-value that is no number",
        [f"u1,i1,click,{value},{1_600_001_000 + i}" for i, value in enumerate(("NaN", "inf", "1e999", "three"))],
        ["value is not a finite number"] * 4,
    ),
    ("29-unknown behavior", ["u1,i1,clik,3,1600000000"], ["unknown behavior"]),
    (
        "30-time",
        ["u1,i1,click,3,yesterday", "u1,i1,click,3,-1600000000", "u1,i1,click,3,1600000000000"],
        ["time is not a number", "negative time", "milliseconds among seconds"],
    ),
    ("31-time in the future", ["u1,i1,click,3,99999999999"], ["time in the future"]),
    ("32-exact duplicate", ["u1,i1,click,3,1600001000", "u1,i1,click,3,1600001000"], [TWICE, None]),
    ("33-another value", ["u1,i1,click,3,1600001000", "u1,i1,click,5,1600001000"], [OTHER, None]),
]  # fmt: skip


def rejected(folder):
    """line, reason, user … of the rows set aside."""
    with (folder.path / "rejected.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("rows", "reasons"), [pytest.param(*c[1:], id=c[0]) for c in ROWS])
def test_a_bad_row_is_set_aside(rows, reasons, whyrec, folder):
    folder.write({"c.toml": CONFIG, "events.csv": GOOD + "".join(f"{row}\n" for row in rows)})
    before = folder.state()
    answer = whyrec("data", "describe", "c.toml", "--format", "json")
    assert (answer.exit_code, answer.stderr) == (0, "")
    counted = json.loads(answer.stdout)["rows"]
    bad = [reason for reason in reasons if reason is not None]
    assert counted["read"] == N + len(rows)
    assert counted["kept"] == N + len(rows) - len(bad)
    assert counted["rejected"] == {reason: bad.count(reason) for reason in bad}
    kept = rejected(folder)
    lines = [str(N + 2 + i) for i, reason in enumerate(reasons) if reason is not None]
    assert [(row["line"], row["reason"]) for row in kept] == list(zip(lines, bad, strict=True))
    after = folder.state()
    assert after.pop("rejected.csv")
    assert after == before
    shown = whyrec("data", "describe", "c.toml").stdout
    for reason in bad:
        assert any(line.startswith(f"rows rejected: {reason}") for line in shown.split("\n"))


def test_the_fields_of_a_row_set_aside_are_kept(whyrec, folder):
    folder.write({"c.toml": CONFIG, "events.csv": GOOD + "u1,i1,click,3,1600000000,9,8\n,i2,click,3,1600000000\n"})
    assert whyrec("data", "describe", "c.toml").exit_code == 0
    many, empty = rejected(folder)
    assert (many["user"], many["item"], many["more"]) == ("u1", "i1", "9|8")
    assert (empty["user"], empty["item"], empty["value"]) == ("", "i2", "3")


@pytest.mark.parametrize("process", [pytest.param(False, id="34-here"), pytest.param(True, id="34-as a user meets it")])
def test_too_many_bad_rows_stop_the_run(process, whyrec, folder):
    bad = "".join(f"u1,i1,click,x,{1_600_001_000 + i}\n" for i in range(6)) + "u1,i1\n"
    folder.write({"c.toml": CONFIG, "events.csv": GOOD + bad})
    before = folder.state()
    answer = whyrec("data", "describe", "c.toml", process=process)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr == (
        f"error: {folder.path}/events.csv:102:1: 7 of 107 rows rejected (6.5%), more than max_rejected = 0.05: "
        "value is not a finite number: 6, too few fields: 1\n"
        f"  this is the first one; they are in {folder.path}/rejected.csv [WR-D020]\n"
    )
    assert [row["line"] for row in rejected(folder)] == [str(102 + i) for i in range(7)]
    after = folder.state()
    assert after.pop("rejected.csv")
    assert after == before


def test_rows_set_aside_are_written_over_no_other_file(whyrec, folder):
    config = CONFIG.replace('"rejected.csv"', '"events.csv"')
    folder.write({"c.toml": config, "events.csv": GOOD + "u1,i1\n"})
    before = folder.state()
    answer = whyrec("data", "describe", "c.toml")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr == (
        f"error: {folder.path}/events.csv: rejected rows would be written over this, which holds something else\n"
        "  choose another name, or move it away [WR-D019]\n"
    )
    assert folder.state() == before
