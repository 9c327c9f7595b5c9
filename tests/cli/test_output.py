"""Tables in a window: aligned, cut into pieces, never folded in a pipe."""

import io

import pytest
from rich.cells import cell_len

from whyrec_cli.output import Page, Table, emit
from whyrec_cli.safe import lines
from whyrec_cli.terminal import as_text, pieces


class Window(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_chinese_titles_align() -> None:
    table = Table(("title", "score"), [("学习手册", 1.0), ("Tea", 2.0)])
    head, _, first, second = as_text(Page([table]), io.StringIO()).rstrip("\n").split("\n")
    assert cell_len(first) == cell_len(second) == cell_len(head)


def test_numbers_stand_on_the_right() -> None:
    table = Table(("id", "value", "half"), [("a", 1.0, "+0.5 ±0.1"), ("b", 100.0, "-0.25")])
    rows = as_text(Page([table]), io.StringIO()).rstrip("\n").split("\n")
    assert rows[2].endswith("+0.5 ±0.1")
    assert rows[3].endswith("   -0.25")


def test_a_wide_table_is_cut_and_each_piece_names_its_rows() -> None:
    table = Table(("id", *(f"column-{i}" for i in range(10))), [("row", *([0.5] * 10))], title="Wide")
    parts = pieces(table, 40)
    assert len(parts) > 3
    assert all(p.columns[0] == "id" and p.rows[0][0] == "row" for p in parts)
    assert [c for p in parts for c in p.columns[1:]] == list(table.columns[1:])
    assert [p.title for p in parts] == ["Wide"] + [""] * (len(parts) - 1)
    assert len(pieces(table, 400)) == 1


def test_text_in_a_pipe_is_never_folded() -> None:
    long = "word " * 200
    assert long.strip() in as_text(Page([Table(("title",), [(long,)])], notes=[long]), io.StringIO())


def test_a_stream_that_knows_no_chinese() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    emit(Page([Table(("title",), [("学",)])]), "csv", out)
    assert raw.getvalue() == b"title\n\\u5b66\n"


@pytest.mark.parametrize("width", ["60", "80", "100", "101", "120"])
def test_no_cell_is_folded_where_columns_can_be_cut(width: str, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("TERM", "xterm")
    table = Table(("id", *(f"figure-{i} ↑" for i in range(12))), [("one", *["0.1234 ±0.0123"] * 12)])
    text = lines(as_text(Page([table]), Window()))  # without the colors
    assert text.count("0.1234 ±0.0123") == 12
    rows = [line.rstrip() for line in text.rstrip("\n").split("\n")]
    assert len(rows) == 3 * text.count("one")
    assert max(map(cell_len, rows)) <= int(width)
