"""Explanations on their way to the store and back: digit for digit."""

import numpy as np
import pytest

from whyrec.comparison.task import Outcome
from whyrec.comparison.told import decode, encode, values_of
from whyrec.explanation import Explanation
from whyrec.store.kept import KeptTold


class Players:
    def __init__(self, ids):
        self.ids, self.labels = tuple(ids), tuple(f"the {i}" for i in ids)
        self.behaviors = ("click",) * len(ids) if len(ids) == 1 else None


class Game:
    def __init__(self, user, ids):
        self.user_id, self.players = user, Players(ids)


def explanation(game, item, **more):
    rng = np.random.default_rng(len(item))
    n = len(game.players.ids)
    fields = {
        "user_id": game.user_id, "item_id": item, "title": f"title {item}", "kind": "history",
        "player_ids": game.players.ids, "players": game.players.labels,
        "behaviors": game.players.behaviors, "values": rng.normal(size=n),
        "base_value": 1 / 3, "full_value": 2 / 3, "recommender": "r", "explainer": "e", "additive": True,
        "model_calls": 12, "seconds": 0.125, "seed": 7,
    }  # fmt: skip
    return Explanation(**{**fields, **more})


ANNA, BEN, NOBODY = Game("anna", ["i1", "i2"]), Game("ben", ["i3"]), Game("nobody", [])


@pytest.fixture
def said():
    return [
        explanation(ANNA, "i4", note="a note"),
        explanation(ANNA, "i55", std_error=np.array([0.1, 0.2]), pairs=((0, 1, 1 / 7),)),
        explanation(BEN, "学习", chosen="keep", instead="another", by="genre"),
        explanation(NOBODY, "<script>", pairs=()),
    ]


@pytest.fixture
def told(said):
    games = [ANNA, BEN, Game("absent", ["i9"]), NOBODY]
    of = [ANNA, ANNA, BEN, NOBODY]
    return encode(games, of, said, [0, 1, 0, 0], whole=True, seconds=1.0, model_calls=3.0, players=True)


def same(a, b):
    return [e.to_dict() for e in a] == [e.to_dict() for e in b]


def test_there_and_back(said, told) -> None:
    assert same(decode(told), said)
    for values, e in zip(values_of(told), said, strict=True):
        np.testing.assert_array_equal(values, e.values)


def test_every_field_is_kept() -> None:
    """A field that is added to Explanation comes through, as long as it is plain."""
    game = Game("u", ["i1"])
    plain = {"kind": "k", "target": "t", "removal": "r", "ordinal": True, "by": "b", "chosen": "keep", "instead": "x"}
    plain["language"] = "zh"
    one = explanation(game, "i", note="n", std_error=np.ones(1), pairs=((0, 0, 0.5),), **plain)
    assert all(v is not None for v in one.to_dict().values()), "set the new field here to something"
    (back,) = decode(encode([game], [game], [one], [0], whole=True, seconds=0.0, model_calls=0.0, players=True))
    assert back.to_dict() == one.to_dict()


def test_between_processes(said, told) -> None:
    out = Outcome(
        "failed", "why", "where", "who", True, 1.5, "hash", {"loss": [0.5]}, told, {"m": {"f/@1": np.ones(2)}}
    )
    back = Outcome.from_bytes(out.to_bytes())
    assert same(decode(back.told), said)
    np.testing.assert_array_equal(back.figures["m"]["f/@1"], [1, 1])
    for name in ("state", "reason", "traceback", "blame", "retire", "fit_seconds", "sha256", "curve"):
        assert getattr(back, name) == getattr(out, name)
    assert Outcome.from_bytes(Outcome().to_bytes()) == Outcome()


def test_nothing_said() -> None:
    told = encode([], [], [], [], whole=True, seconds=0.0, model_calls=0.0, players=True)
    assert decode(told) == []
    assert values_of(told) == []
    assert isinstance(told, KeptTold)


def test_without_players(said) -> None:
    told = encode([ANNA], [ANNA], said[:1], [0], whole=True, seconds=0.0, model_calls=0.0, players=False)
    assert told.players == {}
