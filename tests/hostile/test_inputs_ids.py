"""Six kinds of odd ids, which must work: read as they stand, recommended to, explained, never changed on the way."""

import csv
import io
import json

import pytest

CONFIG = """\
[data]
use = "events"
path = "events.csv"
value = "value"
min_value = 1
items = "items.csv"
catalog = "all"

[split]
by = "random"
min_events = 2

[[recommender]]
use = "popular"

[[recommender]]
use = "item-knn"

[[explainer]]
use = "leave-one-out"

[[metric]]
use = "recall"

[run]
users = 5
k = 2
"""
ODD = {
    "35-words and numbers": ["NA", "null", "None", "True", "-0", "1e5", "0012"],
    "36-long numbers": ["9007199254740993", "9007199254740992", "8" * 400],
    "37-scripts": ["用户甲", "🎈👩‍👩‍👧", "שלום", "a\u200bb", "ab", "ﬁ", "fi", "é", "e\u0301"],
    "40-signs": [
        "a/b", "..", "../../etc/passwd", "%2F", 'double"quote', "single'quote", "<script>alert(1)</script>",
        "new\nline", "[red]x[/]", "-k", "=1+1", "a\x1b[31mb", "C:\\x", "a,b", "{{7*7}}",
    ],
}  # fmt: skip


def table(columns, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


@pytest.fixture
def shop(folder):
    """Users of these ids, each of which likes three of the items of these ids; one user and one item without events."""

    def write(ids):
        ids = [*ids, *(f"more {i}" for i in range(4))]
        n = len(ids)
        rows = [(user, ids[(i * 2 + j) % n], 3) for i, user in enumerate(ids) for j in range(3)]
        rows += [("nobody", ids[0], 0)]
        items = [(name, f"Title of {name}") for name in [*ids, "never seen"]]
        folder.write(
            {"c.toml": CONFIG, "events.csv": table(("user_id", "item_id", "value"), rows),
             "items.csv": table(("item_id", "title"), items)}
        )  # fmt: skip
        return ids

    return write


def answer_of(whyrec, *args):
    answer = whyrec(*args, "--format", "json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", list(ODD))
def test_odd_ids_are_read_as_they_stand(name, shop, whyrec):
    ids = shop(ODD[name])
    said = answer_of(whyrec, "data", "describe", "c.toml")
    assert (said["users"], said["items"], said["rows"]["rejected"]) == (len(ids) + 1, len(ids) + 1, {})
    if name.startswith("37"):
        (users, items) = said["warnings"]
        assert users == "user_id: 3 group(s) of ids look alike but are kept apart, such as 'ab' and 'a\\u200bb'"
        assert items.startswith("item_id: 3 group(s)")
    else:
        assert said["warnings"] == []


@pytest.mark.parametrize("name", list(ODD))
def test_odd_ids_are_recommended_to_and_explained(name, shop, whyrec):
    ids = shop(ODD[name])
    users = [part for user in ODD[name] for part in (f"--user={user}",)]
    rows = answer_of(whyrec, "recommend", "c.toml", *users, "--recommender", "item-knn", "-k", "2")
    assert list(dict.fromkeys(row["user_id"] for row in rows)) == ODD[name]
    assert {row["item_id"] for row in rows} <= {*ids, "never seen"}
    assert all(row["title"] == f"Title of {row['item_id']}" for row in rows)
    for user in ODD[name][:4]:
        item = next(row["item_id"] for row in rows if row["user_id"] == user)
        args = ("explain", "c.toml", f"--user={user}", f"--item={item}", "--recommender", "item-knn")
        assert whyrec(*args).exit_code == 0
        said = json.dumps(answer_of(whyrec, *args, "--explainer", "leave-one-out"), ensure_ascii=False)
        assert json.dumps(user, ensure_ascii=False) in said
        assert json.dumps(item, ensure_ascii=False) in said


@pytest.mark.parametrize("name", list(ODD))
def test_odd_ids_are_compared(name, shop, whyrec):
    shop(ODD[name])
    args = ("compare", "c.toml", "--isolation", "none", "--set", "run.bootstrap=0")
    assert {cell["state"] for cell in answer_of(whyrec, *args)["cells"]} == {"done"}


@pytest.mark.parametrize("number", [pytest.param("38", id="38-cold start")])
def test_a_user_without_events_and_an_item_never_seen(number, shop, whyrec):
    shop(ODD["35-words and numbers"])
    answer = whyrec("recommend", "c.toml", "--user", "nobody", "--format", "json", "-k", "3")
    assert answer.exit_code == 0
    assert len(json.loads(answer.stdout)) == 3
    assert answer.stderr == "nothing is known of user 'nobody': these are the items that popular gives to anybody\n"
    for recommender in ("popular", "item-knn"):
        args = ("explain", "c.toml", "--item", "never seen", "--recommender", recommender)
        for user in ("nobody", "NA"):
            assert whyrec(*args, "--user", user).exit_code == 0
    answer = whyrec("recommend", "c.toml", "--user", "stranger")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: unknown user 'stranger'\n  known users: ")
    assert answer.stderr.endswith(" [WR-N002]\n")


@pytest.mark.parametrize("recommender", ["popular", "item-knn", "ease", "als"])
@pytest.mark.parametrize("events", [[("u", "i", 1)], [("u", "i", 3), ("u", "j", 3), ("v", "i", 3)]])
@pytest.mark.parametrize("number", [pytest.param("39", id="39-hardly anything")])
def test_one_user_one_item_equal_values(number, recommender, events, whyrec, folder):
    config = CONFIG.replace('items = "items.csv"\ncatalog = "all"\n', "").replace(
        'use = "popular"', f'use = "{recommender}"\nid = "first"'
    )
    folder.write({"c.toml": config, "events.csv": table(("user_id", "item_id", "value"), events)})
    rows = answer_of(whyrec, "recommend", "c.toml", "--user", "u")
    assert rows == []
    answer = whyrec("explain", "c.toml", "--user", "u")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: nothing is left to recommend to 'u', who met every item\n  name an item")
    for command in ("explain", "c.toml", "--user", "u", "--item", "i"), ("data", "describe", "c.toml"):
        assert whyrec(*command).exit_code == 0
    args = ("compare", "c.toml", "--isolation", "none", "--set", "run.bootstrap=10")
    assert {cell["state"] for cell in answer_of(whyrec, *args)["cells"]} <= {"done", "skipped"}
