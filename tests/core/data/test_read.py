"""The reader: what is a table comes in unchanged, whatever is none is refused with its place."""

from __future__ import annotations

import gzip
import io
import os
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from whyrec.data.files import DataFile, DataFolder
from whyrec.data.read import Dialect, read_table
from whyrec.data.table import Ragged, Table
from whyrec.errors import DataError, Location

GOOD = "user,item\n0012,NA\n1e5,null\n"
ROWS = [("0012", "NA"), ("1e5", "null")]


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "events.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refusal(path: Path | DataFile, **settings: object) -> DataError:
    """The error that a file gives, in under two seconds."""
    start = time.perf_counter()
    with pytest.raises(DataError) as caught:
        read_table(path, **settings)  # type: ignore[arg-type]
    assert time.perf_counter() - start < 2
    assert caught.value.exit_code == 2
    return caught.value


# -- what can be read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "dialect"),
    [
        (GOOD, "a.csv", Dialect()),
        (b"\xef\xbb\xbf" + GOOD.encode(), "a.csv", Dialect()),
        (GOOD.replace("\n", "\r\n"), "a.csv", Dialect()),
        (GOOD.replace("\n", "\r"), "a.csv", Dialect()),
        (GOOD.rstrip("\n"), "a.csv", Dialect()),
        (GOOD.replace(",", "\t"), "a.tsv", Dialect()),
        (GOOD.replace(",", "\t").encode("utf-16"), "a.tsv", Dialect(encoding="utf-16")),
        (GOOD.replace(",", ";"), "a.csv", Dialect(delimiter=";")),
        (GOOD.replace(",", "::"), "a.dat", Dialect(delimiter="::")),
        (GOOD.replace(",", "::").replace("\n", "\r\n"), "a.dat", Dialect(delimiter="::")),
        (gzip.compress(GOOD.encode()), "a.csv.gz", Dialect()),
        (gzip.compress(GOOD[:9].encode()) + gzip.compress(GOOD[9:].encode()), "a.csv.gz", Dialect()),
        (gzip.compress(GOOD.replace(",", "\t").encode()), "a.tsv.gz", Dialect()),
        (zipped({"folder/a.csv": GOOD.encode()}), "a.zip", Dialect()),
        (zipped({"a.csv.gz": gzip.compress(GOOD.encode())}), "a.zip", Dialect()),
        (GOOD.encode("utf-8").replace(b"user", "пользователь".encode()), "a.csv", Dialect()),
    ],
)
def test_every_way_to_write_a_table(write, content: str | bytes, name: str, dialect: Dialect) -> None:
    table = read_table(write(content, name), dialect=dialect)
    assert table.frame.rows() == ROWS
    assert table.lines.tolist() == [2, 3]
    assert table.ragged == ()


def test_without_a_header_columns_are_numbered_or_named(write) -> None:
    path = write("0012,NA\n1e5,null\n")
    table = read_table(path, dialect=Dialect(header=False))
    assert (table.frame.columns, table.frame.rows(), table.lines.tolist()) == (["1", "2"], ROWS, [1, 2])
    assert read_table(path, dialect=Dialect(header=False), columns=["u", "i"]).frame.columns == ["u", "i"]


def test_quotes_newlines_and_blank_lines_keep_the_line_numbers(write) -> None:
    text = 'user,item\n\n"a ""b"", c","x\r\ny\nz"\n\nd,e\n"f\ng",h\ni,j\n'
    table = read_table(write(text))
    assert table.frame.rows() == [('a "b", c', "x\r\ny\nz"), ("d", "e"), ("f\ng", "h"), ("i", "j")]
    assert table.lines.tolist() == [3, 7, 8, 10]


def test_quotes_that_mean_nothing(write) -> None:
    table = read_table(write('user,item\n"a,"b" c\n'), dialect=Dialect(quoted=False))
    assert table.frame.rows() == [('"a', '"b" c')]


def test_only_newlines_end_lines_of_a_long_delimiter(write) -> None:
    text = "1::Line\u2028one\x85\n2::b\n".encode()
    table = read_table(write(text, "a.dat"), dialect=Dialect(delimiter="::", header=False))
    assert table.frame.rows() == [("1", "Line\u2028one\x85"), ("2", "b")]


def test_ragged_rows_are_set_aside_with_their_lines(write) -> None:
    table = read_table(write("user,item\na,b\nc\nd,e,f,g\nh,i\n"))
    assert table.frame.rows() == [("a", "b"), ("h", "i")]
    assert table.lines.tolist() == [2, 5]
    assert table.ragged == (Ragged(3, "too few fields", ("c",)), Ragged(4, "too many fields", ("d", "e", "f", "g")))


def test_more_rows_than_a_block_holds(write) -> None:
    n = 450_000
    table = read_table(write("user,item\n" + "".join(f"{i},x\n" for i in range(n)) + "odd\n"))
    assert table.frame["user"].to_list() == [str(i) for i in range(n)]
    assert table.lines[[0, -1]].tolist() == [2, n + 1]
    assert [r.line for r in table.ragged] == [n + 2]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pl.DataFrame({"user": ["0012"], "n": [9007199254740993]}).write_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    assert table.frame.rows() == [("0012", 9007199254740993)]
    assert table.lines.tolist() == [1]


def test_a_member_of_a_zip(write) -> None:
    path = write(zipped({"d/a.csv": GOOD.encode(), "d/b.csv": b"x\n1\n"}), "a.zip")
    assert read_table(DataFile(path, "d/a.csv")).frame.rows() == ROWS
    error = refusal(path)
    assert error.message == "a zip of 2 files, where one is needed"
    assert error.hint == "it holds: d/a.csv, d/b.csv"
    assert "did you mean 'd/a.csv'" in (refusal(DataFile(path, "d/aa.csv")).hint or "")


def test_a_folder_of_files_and_the_same_in_a_zip(write, tmp_path: Path) -> None:
    write(gzip.compress(GOOD.encode()), "ratings.csv.gz")
    path = write(zipped({"ml/ratings.csv": GOOD.encode()}), "ml.zip")
    for folder in (tmp_path, path):
        source = DataFolder(folder).find("ratings.csv")
        assert source is not None
        assert read_table(source).frame.rows() == ROWS
        assert DataFolder(folder).find("movies.csv") is None
    with pytest.raises(DataError, match="neither a folder nor a zip"):
        DataFolder(write("x", "plain")).names()


# -- what cannot: twelve kinds of malformed files -------------------------------------------------------


def test_missing_column(write) -> None:
    path = write("usr,item\na,b\n")
    error = refusal(path, required=["user", "item"])
    assert error.message == "no column 'user'; wanted: user, item; found: usr, item"
    assert error.where == Location(str(path), 1, 1)
    assert error.hint == "did you mean 'usr'?"


def test_duplicate_column(write) -> None:
    path = write('user,"item",item\na,b,c\n')
    error = refusal(path)
    assert error.message == "column 'item' stands twice, as field 2 and field 3"
    assert error.where == Location(str(path), 1, 13)


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"")])
def test_empty(write, content: bytes) -> None:
    assert refusal(write(content)).message == "the file is empty"


@pytest.mark.parametrize("delimiter", [",", "::"])
def test_header_only(write, delimiter: str) -> None:
    path = write(f"user{delimiter}item\n")
    error = refusal(path, dialect=Dialect(delimiter=delimiter))
    assert error.message == "the file has a header and no rows"
    assert error.where == Location(str(path), 2, 1)


def test_parquet_without_rows(tmp_path: Path) -> None:
    pl.DataFrame({"user": []}).write_parquet(tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet").message == "the file has no rows"


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "inside.csv").touch()
    error = refusal(tmp_path)
    assert error.message == "this is a folder, not a file"
    assert error.hint == "it holds: inside.csv"


def test_no_such_file(write, tmp_path: Path) -> None:
    write(GOOD, "events.csv")
    error = refusal(tmp_path / "event.csv")
    assert error.message == "no such file"
    assert error.hint == "did you mean 'events.csv'?"
    assert refusal(tmp_path / "no" / "event.csv").hint == f"no folder {tmp_path / 'no'}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable(write) -> None:
    path = write(GOOD)
    path.chmod(0)
    assert refusal(path).message == "cannot be read: Permission denied"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are named pipes on POSIX only")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").message == "this is a pipe or a device, not a file"


def test_half_a_character(write) -> None:
    path = write("user,item\na,\\ud800\n")
    error = refusal(path, dialect=Dialect(encoding="raw_unicode_escape"))
    assert (error.message, error.where) == ("half a character, as raw_unicode_escape", Location(str(path), 2, 3))


def test_unreadable_for_another_reason(write) -> None:
    assert refusal(write(GOOD) / "below").message == "cannot be read: Not a directory"


@pytest.mark.parametrize(("text", "encoding"), [("用户甲", "gb18030"), ("Amélie à l'été", "latin-1")])
def test_bytes_of_another_encoding(write, text: str, encoding: str) -> None:
    path = write(f"user,item\na,b\nab,{text}\n".encode(encoding))
    error = refusal(path)
    column = 4 if encoding == "gb18030" else 6
    assert error.message.startswith("byte 0x")
    assert error.message.endswith("is not utf-8")
    assert error.where == Location(str(path), 3, column)
    assert error.hint == f'encoding = "{encoding}"?'
    assert read_table(path, dialect=Dialect(encoding=encoding)).frame["item"][1] == text


def test_utf16_without_being_told(write) -> None:
    error = refusal(write(GOOD.encode("utf-16")))
    assert (error.message, error.hint) == ("the file is in UTF-16", 'encoding = "utf-16"')


def test_unknown_encoding(write) -> None:
    error = refusal(write(GOOD), dialect=Dialect(encoding="latin-11x"))
    assert error.message == "unknown encoding 'latin-11x'"
    assert error.hint == "did you mean 'latin-1'?"


@pytest.mark.parametrize("encoding", ["base64", "rot13", "undefined"])
def test_codecs_that_are_not_of_text(write, encoding: str) -> None:
    assert refusal(write(GOOD), dialect=Dialect(encoding=encoding)).message == f"unknown encoding {encoding!r}"


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "\0"])
def test_what_cannot_be_a_delimiter(write, delimiter: str) -> None:
    error = refusal(write(GOOD), dialect=Dialect(delimiter=delimiter))
    assert error.message == f"{delimiter!r} cannot divide fields"


def test_many_columns_are_no_trap(write) -> None:
    names = [f"c{i}" for i in range(20_000)]
    error = refusal(write(",".join([*names, "c7"]) + "\n"))
    assert error.message == "column 'c7' stands twice, as field 8 and field 20001"


@pytest.mark.parametrize(
    ("line", "delimiter"), [("user;item", ";"), ("user\titem", "\t"), ("user|item", "|"), ("user::item", "::")]
)
def test_wrong_delimiter(write, line: str, delimiter: str) -> None:
    path = write(f"{line}\n{line}\n")
    error = refusal(path, required=["user"])
    assert error.message == f"the first line has one field, {line!r}: ',' does not divide it"
    assert error.where == Location(str(path), 1, 5)
    assert error.hint == f'delimiter = "{delimiter}"'.replace("\t", "\\t")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('user,item\na,b\nc,"d\n' + "e,f\n" * 9, 3, 3),
        ('user,item\n"a\nb",c\nd,"e\nf,g\n', 4, 3),
        ('user,item\na,b\nc,"d"e\n', 3, 3),
        ('user,item\n"a ""x"" b","c\nd,e\n"f","g"\n', 2, 13),
        ('user,item\na,b\nc,"' + "d\n" * 200_000, 3, 3),
    ],
)
def test_unclosed_quote_names_the_line_where_it_opened(write, text: str, line: int, column: int) -> None:
    path = write(text)
    error = refusal(path)
    assert error.message == "a quote opens here and is not closed as it should be"
    assert error.where == Location(str(path), line, column)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_over_the_limit(write, quote: str) -> None:
    path = write(f"user,item\na,b\nc,{quote}{'x' * 200_000}{quote}\n")
    error = refusal(path)
    assert error.message == "a field is longer than 131,072 characters"
    assert (error.where or Location("")).line == 3
    assert (error.where or Location("")).column == 3


def test_a_gzip_bomb(write) -> None:
    path = write(gzip.compress(b"a,b\n" + b"\0" * 90_000_000, compresslevel=9), "bomb.csv.gz")
    assert "this looks like a decompression bomb" in refusal(path).message


def test_a_zip_bomb(write) -> None:
    assert "this looks like a decompression bomb" in refusal(write(zipped({"a.csv": b"\0" * 90_000_000}))).message


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "d/../../a.csv", "..\\a.csv", "C:\\a.csv"])
def test_a_zip_that_leads_out_of_itself(write, name: str) -> None:
    path = write(zipped({"a.csv": GOOD.encode(), name: b"x"}), "a.zip")
    assert "the zip holds a name that leads out of it" in refusal(DataFile(path, "a.csv")).message


def test_a_damaged_zip(write) -> None:
    content = zipped({"a.csv": GOOD.encode() * 99})
    assert "the zip is damaged" in refusal(write(content[:-30], "a.zip")).message
    spoilt = bytearray(content)
    spoilt[60:80] = b"\xff" * 20
    assert "the zip is damaged" in refusal(write(bytes(spoilt), "a.zip")).message
    spoilt = bytearray(content)
    del spoilt[4:8]  # then the member begins before the file does
    assert "the zip is damaged" in refusal(write(bytes(spoilt), "a.zip")).message


def test_a_plain_file_has_no_members(write) -> None:
    assert refusal(DataFile(write(GOOD), "a.csv")).message == "not a zip archive"


def test_truncated_and_damaged_gzip(write) -> None:
    content = gzip.compress(os.urandom(9999))
    assert refusal(write(content[:-20])).message == "the gzip file is truncated"
    spoilt = bytearray(content)
    spoilt[-6] ^= 1
    assert "the gzip file is damaged" in refusal(write(bytes(spoilt))).message


def test_damaged_parquet(write) -> None:
    assert "the Parquet file is damaged" in refusal(write(b"PAR1" + b"x" * 99 + b"PAR1", "a.parquet")).message


def test_parquet_at_which_polars_panics(write, monkeypatch: pytest.MonkeyPatch) -> None:
    def panics(*_: object) -> None:
        raise pl.exceptions.PanicException("range end index 9 out of range\nfor a slice")

    monkeypatch.setattr(pl, "read_parquet", panics)
    error = refusal(write(b"PAR1", "a.parquet"))
    assert error.message == "the Parquet file is damaged: range end index 9 out of range"


def test_a_line_of_nuls(write) -> None:
    path = write(b"user,item\na,b\nc,\0\0\0\0\n")
    error = refusal(path)
    assert error.message == "a NUL character: this is no text, or a crash left it behind"
    assert error.where == Location(str(path), 3, 3)


def test_a_table_in_memory_has_rows_instead_of_lines() -> None:
    table = Table.of({"user": ["a"]})
    assert str(table.at(1)) == "row 1"
    assert table.at() is None
    with pytest.raises(DataError, match="no column 'item'; wanted: item; found: user"):
        table.require("item")


def test_reading_is_fast(write) -> None:
    path = write("user,item,value,time\n" + "".join(f"u{i},i{i},1.0,{i}\n" for i in range(100_000)))
    start = time.process_time()
    read_table(path)
    assert time.process_time() - start < 1.0
