"""What holds for any text: readers give back what was written, and say no with a place; nothing else ever happens."""

import csv
import gzip
import io
import json
import tomllib
import unicodedata
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from whyrec import ConfigError, DataError, Dataset, Explanation, UnknownNameError, read_table
from whyrec.config.document import parse
from whyrec.config.load import default_text, load_config
from whyrec.config.positions import positions
from whyrec.data.read import Dialect

quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
# No surrogates, which no encoding has, and no NUL, which no table has.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
tricky = st.sampled_from(
    ["NA", "null", "0012", "-0", "1e5", "9" * 400, "用户甲", "a\u200bb", "ab", "ﬁ", "fi", '"', '""', "a\rb", "\n", ";"]
)
ids = st.one_of(texts, tricky)


def tried(call, *kinds):
    """What a call gives, and the error that it raised instead."""
    try:
        return call(), None
    except kinds as error:
        return None, error


def written(rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("user_id", "item_id"), *rows])
    return text.getvalue()


@quick
@given(
    rows=st.lists(st.tuples(ids, ids), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    packed=st.booleans(),
)
def test_a_table_is_read_as_it_was_written(rows, delimiter, encoding, packed, tmp_path):
    text = written(rows, delimiter)
    content = text.encode(encoding)
    (tmp_path / "e.csv").write_bytes(gzip.compress(content) if packed else content)
    table = read_table(tmp_path / "e.csv", dialect=Dialect(delimiter=delimiter, encoding=encoding))
    assert table.frame.rows() == rows
    assert table.ragged == ()
    ends = np.cumsum([1 + sum(f.count("\n") + f.replace("\r\n", "").count("\r") for f in row) for row in rows])
    assert table.lines.tolist() == [2, *(2 + ends[:-1]).tolist()]


@quick
@given(rows=st.lists(st.tuples(ids, ids), min_size=1, max_size=12))
def test_every_row_is_kept_or_counted_and_ids_stay(rows, tmp_path):
    (tmp_path / "e.csv").write_bytes(written(rows).encode())
    good = [(user, item) for user, item in rows if user.strip() and item.strip()]
    data, error = tried(lambda: Dataset.from_frame(read_table(tmp_path / "e.csv"), max_rejected=1.0), DataError)
    if error:
        assert not good
        assert "none of " in error.message
        return
    report = data.report
    assert report.read == len(rows) == report.kept + sum(report.rejected.values())
    assert set(data.users.ids) == {user for user, _ in good}
    assert set(data.catalog.items.ids) == {item for _, item in good}


INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF]
)


def looks(name):
    return unicodedata.normalize("NFKC", name).translate(INVISIBLE)


@quick
@given(
    names=st.lists(
        st.one_of(tricky, st.text("abﬁ①1Åé\u200b\u0301eＡ", min_size=1, max_size=3)), min_size=1, max_size=10
    )
)
def test_ids_that_look_alike_are_warned_about_and_never_merged(names):
    names = [name for name in names if name.strip()] or ["x"]
    data = Dataset.from_frame({"user_id": names, "item_id": ["i"] * len(names)})
    assert set(data.users.ids) == set(names)
    alike: dict[str, set[str]] = {}
    for name in names:
        alike.setdefault(looks(name), set()).add(name)
    groups = sum(len(group) > 1 for group in alike.values())
    assert [w.partition(" group")[0] for w in data.report.warnings] == ([f"user_id: {groups}"] if groups else [])


@quick
@given(
    content=st.one_of(
        st.binary(max_size=60), texts.map(str.encode), st.text('a,";\n\r\t\0 ', max_size=40).map(str.encode)
    )
)
def test_any_bytes_are_a_table_or_refused_with_their_place(content, tmp_path):
    path = tmp_path / "e.csv"
    path.write_bytes(content)
    table, error = tried(lambda: read_table(path), DataError)
    if error:
        assert error.code.startswith("WR-D")
        assert error.where.file == str(path)
        return
    assert len(table.frame) == len(table.lines)
    assert len(table.frame) + len(table.ragged) > 0


TOKENS = [
    "[data]\n", "[[recommender]]\n", "[run]\n", "[split]\n", "[[explainer]]\n", "[[metric]]\n", "[", "]", "[[", "]]",
    "{", "}", "=", ".", ",", '"', "'", '"""', "'''", "\n", "#", "use", "id",
    "users", "scale", "weights", '"toy"', '"linear"', '"exact"',
    "5", "-1", "1e999", "nan", "true", "2024-01-01", "9" * 5000, "\\u0000", "\ufeff", "深", " ",
]  # fmt: skip
configs = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.sampled_from(TOKENS), max_size=25).map("".join),
    st.lists(st.sampled_from(TOKENS), max_size=12).map(lambda parts: '[data]\nuse = "toy"\n' + "".join(parts)),
)


@quick
@given(text=configs)
def test_any_text_is_a_config_or_refused_with_its_place(text, toy_registry):
    load = partial(load_config, text=text, source="c.toml", registry=toy_registry)
    _, error = tried(load, ConfigError, UnknownNameError)
    if error:
        assert error.where.file == "c.toml"
        lines = text.removeprefix("\ufeff").split("\n")
        assert 1 <= error.where.line <= len(lines) + 1
        assert 1 <= error.where.column <= len([*lines, ""][error.where.line - 1]) + 1
        if error.code in ("WR-C003", "WR-C004"):
            with pytest.raises(ValueError):  # noqa: PT011  TOMLDecodeError, or too many digits
                tomllib.loads(text.removeprefix("\ufeff"))


bare = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
keys = st.one_of(bare, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4))
leaves = st.one_of(st.integers(-9, 9), st.booleans(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)


def quoted(text):
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml(value):
    """One value, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def paths(value, at=()):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from paths(inner, (*at, key))


@quick
@given(table=st.dictionaries(keys, values, max_size=4))
def test_every_key_has_its_own_place(table, tmp_path):
    text = "".join(f"{quoted(k)} = {toml(v)}\n" for k, v in table.items())
    assert tomllib.loads(text) == table
    found = positions(text)
    assert set(found) == set(paths(table))
    lines = text.split("\n")
    for path, place in found.items():
        if isinstance(path[-1], str):
            assert lines[place.line - 1][place.column - 1 :].startswith(quoted(path[-1]))
    if table:
        assert parse(text, source="c.toml", folder=tmp_path).values == table


@quick
@given(
    override=st.one_of(texts, st.lists(st.sampled_from(TOKENS), max_size=8).map("".join)),
    key=st.sampled_from(["", "run.", "recommender.0.", "data."]),
)
def test_any_override_is_followed_or_refused(override, key, toy_registry):
    base = '[data]\nuse = "toy"\n[[recommender]]\nuse = "linear"\n'
    load = partial(load_config, text=base, source="c.toml", overrides=[key + override], registry=toy_registry)
    _, error = tried(load, ConfigError, UnknownNameError)
    if error:
        assert str(error.where)[:3] in ("--s", "c.t")


floats = st.floats(allow_nan=False, allow_infinity=False)


@quick
@given(
    players=st.lists(st.tuples(texts, texts, floats), max_size=6), words=st.tuples(texts, texts, texts), base=floats,
    full=floats, errors=st.booleans(), note=st.none() | texts, pairs=st.booleans(), additive=st.booleans(),
)  # fmt: skip
def test_an_explanation_comes_back_from_json_digit_for_digit(players, words, base, full, errors, note, pairs, additive):
    user, item, title = words
    numbers = np.array([value for _, _, value in players], np.float64)
    one = Explanation(
        user_id=user, item_id=item, title=title, kind="history", player_ids=tuple(p[0] for p in players),
        players=tuple(p[1] for p in players), values=numbers, base_value=base, full_value=full, recommender="r",
        explainer="e", additive=additive, std_error=np.abs(numbers) if errors else None, note=note,
        pairs=tuple((i, i + 1, value) for i, value in enumerate(numbers[1:].tolist())) if pairs else None,
    )  # fmt: skip
    text = json.dumps(one.to_dict(), allow_nan=False)
    again = Explanation.from_dict(json.loads(text))
    assert json.dumps(again.to_dict()) == text
    np.testing.assert_array_equal(again.values, one.values)
    assert (again.players, again.player_ids, again.pairs) == (one.players, one.player_ids, one.pairs)
    for name in ("values", "players", "player_ids", "user_id", "explainer", "additive"):
        with pytest.raises(DataError, match="not an explanation"):
            Explanation.from_dict({k: v for k, v in json.loads(text).items() if k != name})


def test_the_default_config_is_toml_with_a_place_for_every_key():
    text = default_text()
    assert set(positions(text)) == set(paths(tomllib.loads(text)))
