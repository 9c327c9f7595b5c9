"""--at and --profile: histories of an earlier time, and interests over time."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from whyrec import Registry, load_config
from whyrec_cli.main import main
from whyrec_cli.profiled import exact_time, shown_time

CONFIG = """\
[data]
use = "storefront"
users = 60
items = 80

[[recommender]]
use = "ease"

[[explainer]]
use = "weights"
id = "own"
"""
THEN = "2024-10-15T00:00:00Z"


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("profiled") / "shop.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(config):
    found = load_config(config, registry=Registry.discover())
    return found.recommenders[0].instance.fit(found.data.instance.load(seed=found.run.seed))


def run(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


def test_explain_at_a_time_is_what_python_says(config, model) -> None:
    result = run("explain", config, "--user", "u05", "--at", THEN, "-k", "1", "--format", "json")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    item = model.recommend(["u05"], k=1, at=THEN)["item_id"][0]
    (expected,) = model.explain("u05", item, at=THEN)
    assert told["item_id"] == item
    assert told["full_value"] == pytest.approx(expected.full_value)
    (now,) = model.explain("u05", item)
    assert len(expected.players) < len(now.players)


def test_the_table_says_what_was_known(config, model) -> None:
    text = run("explain", config, "--user", "u05", "--at", "2024-10-15", "-k", "1").stdout
    whole = model.data.histories.take(model.data.users.find_all(["u05"]))
    known = int((whole.times <= 1728950400).sum())
    said = f"As known at 2024-10-15 00:00: {known} of {whole.n_events} events, with the weights of that time"
    assert said in text
    assert "(half-life 90 days)" in text
    text = run("explain", config, "--user", "u05", "--at", "1999-01-01", "-k", "1").stdout
    assert f"As known at 1999-01-01 00:00: 0 of {whole.n_events} events" in text
    assert "Nothing is known of user 'u05'" in text


def test_recommend_at_a_time(config, model) -> None:
    result = run("recommend", config, "--user", "u05", "--at", THEN, "--format", "csv")
    items = [row["item_id"] for row in csv.DictReader(io.StringIO(result.stdout))]
    assert items == model.recommend(["u05"], at=THEN)["item_id"].to_list()
    assert items != model.recommend(["u05"])["item_id"].to_list()
    assert "As known at 2024-10-15 00:00" in run("recommend", config, "--user", "u05", "--at", THEN).stdout


def test_a_profile_as_json_and_csv(config, model) -> None:
    result = run("explain", config, "--user", "u05", "--profile", "--periods", "3", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["user_id"], found["recommender"], found["explainer"]) == ("u05", "ease", "own")
    assert found["by"] == "category"
    assert len(found["moments"]) == 3
    for moment in found["moments"]:
        assert sum(moment["history"]) == pytest.approx(1)
        assert sum(moment["influence"]) == pytest.approx(1)
        assert len(moment["items"]) == 3
    last = found["moments"][-1]
    assert last["items"] == model.recommend(["u05"], k=3, at=last["at"])["item_id"].to_list()
    rows = list(
        csv.DictReader(io.StringIO(run("explain", config, "--user", "u05", "--profile", "--format", "csv").stdout))
    )
    assert set(rows[0]) == {"user_id", "time", "events", "interest", "history", "influence", "value"}
    assert len({row["time"] for row in rows}) == 6


def test_a_profile_as_a_table(config) -> None:
    args = (
        "explain",
        config,
        "--user",
        "u05",
        "--profile",
        "--by",
        "behavior",
        "--at",
        "2024-11-01",
        "--at",
        "1999-01-01",
    )
    text = run(*args).stdout
    assert "What user u05 is interested in, % of all degrees of interest" in text
    assert "What carries the 3 best items of u05, % of all contributions (ease, own)" in text
    assert "1999-01-01 00:00   2024-11-01 00:00" in text
    assert sum(line.startswith("click ") for line in text.splitlines()) == 2
    narrow = run("explain", config, "--user", "u05", "--profile", "--top", "2", "--periods", "1", "-k", "1").stdout
    assert "everything else (" in narrow
    assert "What carries the best item of u05" in narrow


def test_without_decay_the_table_says_so(config) -> None:
    text = run("explain", config, "--user", "u05", "--profile", "--set", "data.half_life_days=1e9").stdout
    assert "do not fade" not in text
    events = config.with_name("events.csv")
    events.write_text("user_id,item_id,timestamp,behavior\nu,a,1,x\nu,b,2,y\nv,a,3,x\nv,c,4,x\n", encoding="utf-8")
    plain = config.with_name("plain.toml")
    plain.write_text(
        '[data]\nuse = "events"\npath = "events.csv"\ntime = "timestamp"\nbehavior = "behavior"\n'
        '[[recommender]]\nuse = "ease"\nl2 = 1.0\n',
        encoding="utf-8",
    )
    result = run("explain", plain, "--user", "u", "--profile")
    assert "Events do not fade here; with half_life_days in [data], recent ones count more." in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--at", "yesterday"), "'yesterday' is no time"),
        (("--profile", "--at", "2024-13-01"), "'2024-13-01' is no time"),
        (("--at", "1", "--at", "2"), "--at was given twice: only --profile looks at several times"),
        (("--periods", "3"), "--periods is for --profile"),
        (("--profile", "--item", "i01"), "--profile is about the user's best items"),
        (("--profile", "--explainer", "own", "--explainer", "lime"), "--profile takes one explainer"),
        (("--profile", "--target", "rank"), "--profile explains the score under removal 'drop'"),
        (("--profile", "--at", "5", "--periods", "3"), "--at names the moments: leave --periods out"),
        (("--profile", "--by", "colour"), "players 'interests' cannot be grouped by 'colour'"),
    ],
)
def test_what_does_not_go_together(config, args, message) -> None:
    result = run("explain", config, "--user", "u05", *args)
    assert result.exit_code == 2
    assert message in result.stderr


def test_data_without_times(config) -> None:
    events = config.with_name("timeless.csv")
    events.write_text("user_id,item_id\nu,a\nu,b\nv,a\nv,c\n", encoding="utf-8")
    plain = config.with_name("timeless.toml")
    plain.write_text(
        '[data]\nuse = "events"\npath = "timeless.csv"\n[[recommender]]\nuse = "popular"\n', encoding="utf-8"
    )
    result = run("explain", plain, "--user", "u", "--at", "2024-01-01")
    assert result.exit_code == 2
    assert "the data 'timeless.csv' have no times" in result.stderr


def test_times_that_no_calendar_holds() -> None:
    assert (shown_time(0.0), exact_time(61.0)) == ("1970-01-01 00:00", "1970-01-01T00:01:01Z")
    assert shown_time(1e18) == "1000000000000000000"
