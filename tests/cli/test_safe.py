"""What strangers wrote, made harmless: ten titles, four outputs."""

import csv
import io
import json

import pytest

from whyrec_cli.output import Page, Table, as_csv, as_json, as_markdown, shown
from whyrec_cli.safe import csv_cell, lines, markdown_cell, plain
from whyrec_cli.terminal import as_text

TITLES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}} {% x %}",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "[red]x[/] \x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b31m",
    "[link](http://evil.example) ![i](http://evil.example/x.png) a|b www.evil.example",
    "abc\u202efed\u2066x\u2069",
    "</script><!--",
    "null\x00byte",
]


def page(title: str) -> Page:
    return Page([Table(("id", "title"), [("1", title)], title=title)], notes=[title])


@pytest.mark.parametrize("title", TITLES)
def test_the_terminal_gets_no_control_characters_and_no_markup(title: str) -> None:
    text = as_text(page(title), io.StringIO())
    assert all(c == "\n" or c.isprintable() for c in text)
    assert "\u202e" not in text
    if title.startswith("[red]"):
        assert "[red]x[/] red link 31m" in text  # shown as written, not obeyed


@pytest.mark.parametrize("title", TITLES)
def test_no_csv_cell_is_a_formula(title: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(page(title)), newline="")))
    assert len(rows) == 2
    assert rows[1][1][:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}
    assert rows[1][1].removeprefix("'") == title


@pytest.mark.parametrize("title", TITLES)
def test_a_markdown_cell_is_text_only(title: str) -> None:
    cell = markdown_cell(title)
    assert "\n" not in cell
    assert "\r" not in cell
    assert "<" not in cell
    assert "://" not in cell
    assert "www." not in cell
    for sign in "|[]!`*_{":
        assert cell.count(sign) == cell.count(f"\\{sign}")
    rows = [line for line in as_markdown(page(title)).split("\n") if line.startswith("|")]
    assert len(rows) == 3


@pytest.mark.parametrize("title", TITLES)
def test_json_reads_back_the_same_and_moves_no_terminal(title: str) -> None:
    text = as_json(page(title))
    assert json.loads(text) == [{"id": "1", "title": title}]
    assert all(c == "\n" or c.isprintable() for c in text)


@pytest.mark.parametrize("text", ["-0", "1e5", "0012", "+3.5", "-12.25e-3", "abc", "学习", ""])
def test_csv_leaves_harmless_text_alone(text: str) -> None:
    assert csv_cell(text) == text


def test_csv_numbers_stay_numbers() -> None:
    table = Table(("a", "b"), [(-1.5, -3), (float("nan"), None)])
    assert as_csv(Page([table])) == "a,b\n-1.5,-3\n,\n"


def test_json_has_no_nan() -> None:
    assert json.loads(as_json(Page([], data={"a": [float("nan"), float("inf"), 1.5]}))) == {"a": [None, None, 1.5]}


def test_half_a_character_can_be_written() -> None:
    title = "half \ud83d"
    assert json.loads(as_json(page(title)))[0]["title"] == title
    as_text(page(title), io.StringIO()).encode()


def test_lines_keep_their_breaks() -> None:
    assert lines("a\x1b[31m\n  b\x07") == "a\n  b"
    assert plain("a\n\tb") == "a b"


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (float("nan"), ""), (True, "yes"), (3, "3"), (0.25, "0.2500"), (0.00001, "1.0e-05"), (0.0, "0.0000")],
)
def test_cells_for_people(cell: object, text: str) -> None:
    assert shown(cell) == text
