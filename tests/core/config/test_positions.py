"""The place of every key, checked against what tomllib reads."""

import tomllib
from typing import Any

import pytest

from whyrec.config.positions import DuplicateKeyError, Position, ScanError, positions

TEXT = '''# a comment with [brackets] and key = "value"
top = 1
"quoted key" = 'literal # not a comment'
a.b."c.d" = 1979-05-27 07:32:00  # dotted
multi = """
[not.a.table]
fake = 1 \\""" still
quotes at the end: """""
raw = \'\'\'
also = "not"
\'\'\'\'
array = [ # comment ]
  1, [2, "three, ]"],
  { x = 1, y.z = "}" },
  4,
]

[data]   # section
use = "events"
behaviors = { purchase = 1.0, "click" = 0.5, browse = { inner = [true, { deep = 1 }] } }

[data.nested]
nan = nan

[[recommender]]
use = "ease"
l2 = 200.0

  [[recommender.parts]]
  use = "a"

  [[recommender.parts]]
  use = "b"

[[recommender]]
  use = "als"
  [recommender.options]
  深 = 1
'''.replace("深 = 1", '"深" = 1')


def paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key path that tomllib yields."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, one in inner for p in ((*at, key), *paths(one, (*at, key)))]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_of_tomllib_has_its_place(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    found = positions(text)
    wanted = paths(tomllib.loads(text))
    assert len(wanted) > 30
    assert set(found) == set(wanted)
    lines = TEXT.split("\n")
    for path, place in found.items():
        key = next(p for p in reversed(path) if isinstance(p, str))
        rest = lines[place.line - 1][place.column - 1 :]
        if isinstance(path[-1], int) and not rest.startswith(key):
            continue  # an element of a plain array: its place is the value's own, checked below
        assert rest.startswith((key, f'"{key}"')), (path, place)


def test_elements_of_arrays_have_their_own_place() -> None:
    found = positions("x = [10,\n  20, [30]]\n")
    assert found["x", 0] == Position(1, 6)
    assert found["x", 1] == Position(2, 3)
    assert found["x", 2, 0] == Position(2, 8)


def test_columns_count_characters() -> None:
    assert positions('a = { "深い" = "学習", b = 1 }')["a", "b"] == Position(1, 20)


@pytest.mark.parametrize(
    ("text", "path", "first", "second"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), (1, 1), (3, 1)),
        ("[x]\na = 1\n[y]\n[x]\n", ("x",), (1, 2), (4, 2)),
        ("x = { a = 1, a = 2 }", ("x", "a"), (1, 7), (1, 14)),
        ("a.b = 1\na.b = 2", ("a", "b"), (1, 3), (2, 3)),
        ("a = 1\na.b = 2", ("a",), (1, 1), (2, 1)),
        ("[[r]]\nu = 1\n[[r]]\nu = 1\nu = 2\n", ("r", 1, "u"), (4, 1), (5, 1)),
    ],
)
def test_duplicates_name_both_places(
    text: str, path: tuple[str | int, ...], first: tuple[int, int], second: tuple[int, int]
) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(DuplicateKeyError) as caught:
        positions(text)
    assert (caught.value.path, caught.value.first, caught.value.opened) == (path, Position(*first), Position(*second))


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("a = [1,\n2", (1, 5)),
        ("\n[data\nuse = 1", (2, 1)),
        ('a = 1\nb = """\ntext', (2, 5)),
        ("a = { b = 1\n", (1, 5)),
        ("a = 'x", (1, 5)),
    ],
)
def test_what_is_never_closed_is_named_where_it_opens(text: str, opened: tuple[int, int]) -> None:
    with pytest.raises(ScanError) as caught:
        positions(text)
    assert caught.value.opened == Position(*opened)


@pytest.mark.parametrize("text", ["= 1", "a", "a = ", '"""k""" = 1', '"\\q" = 1'])
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(ScanError):
        positions(text)
