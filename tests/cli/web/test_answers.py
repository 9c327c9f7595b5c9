"""What the page is answered: lists, reasons, hiding, feedback, for users and for made-up histories."""

import numpy as np
import pytest

from whyrec.feedback.effect import Effect
from whyrec.feedback.said import Said

USER = "u07"
ALL = ["weights", "shapley", "leave-one-out"]


@pytest.fixture(scope="module")
def page(sites, tmp_path_factory):
    return sites.open_site(stored=str(tmp_path_factory.mktemp("store") / "a.db"))


@pytest.fixture
def calm(page):
    """The page with nothing said by anybody, also afterwards."""
    yield page
    for entry in page.site.shelf.entries(None):
        if not entry.undone:
            page.site.shelf.undo(entry.id)


def best(page, user=USER, model="ease"):
    return page.good("list", recommender=model, user=user)["items"]


def test_about_offers_what_there_is(page):
    told = page.get("about")
    assert [one["id"] for one in told["recommenders"]] == ["ease", "content", "popular"]
    assert all(one["ready"] and one["progress"] == 1 and one["error"] is None for one in told["recommenders"])
    assert [one["id"] for one in told["explainers"]] == ALL
    assert told["languages"] == [{"name": "en", "label": "English"}, {"name": "zh", "label": "中文"}]
    assert (told["users"], told["items"]) == (40, page.site.data.n_items)
    assert told["interest_by"] in told["by"]
    assert told["read_only"] is False
    assert told["answers"]["item"] == ["useful", "not-right", "less", "own"]


def test_searching_users_and_items(page):
    assert [one["id"] for one in page.get("users", q="0", limit=3)["users"]] == ["u01", "u02", "u03"]
    assert page.get("users", q="0", limit=3)["more"] is True
    found = page.get("users", q="U07")
    assert found == {"users": [{"id": "u07", "items": len(set(history(page, "u07")))}], "more": False}
    title = page.site.data.catalog.title(3, "zh")
    (one,) = page.get("items", q=title, lang="zh")["items"]
    assert one == {"id": page.site.data.catalog.items[3], "title": title}
    assert page.get("items", q=page.site.data.catalog.title(3).upper())["items"][0]["id"] == one["id"]
    assert page.get("items", q="there is no such thing") == {"items": [], "more": False}


def history(page, user):
    data = page.site.data
    return data.histories.take(np.array([data.users.find(user)])).items.tolist()


def test_a_list_is_the_models_own(page):
    told = page.good("list", recommender="ease", user=USER, k=5)
    model, data = page.site.models.seats["ease"].model, page.site.data
    top = model.top(data.histories.take(np.array([data.users.find(USER)])), 5)
    assert [one["item"] for one in told["items"]] == [data.catalog.items[i] for i in top.items[0]]
    assert [one["score"] for one in told["items"]] == top.scores[0].tolist()
    assert [one["rank"] for one in told["items"]] == [1, 2, 3, 4, 5]
    assert told["history_total"] == len(set(history(page, USER)))
    strengths = [abs(one["interest"]) for one in told["history"]]
    assert strengths == sorted(strengths, reverse=True)
    assert {one["behavior"] for one in told["history"]} <= set(data.histories.behavior_names)
    assert sum(one["share"] for one in told["profile"]) == pytest.approx(1)
    assert all(one["share"] == one["before"] for one in told["profile"])
    assert (told["personal"], told["feedback"]) == (True, 0)


def test_the_number_explained_is_the_number_that_ranked(page):
    for model in ("ease", "content", "popular"):
        one = best(page, model=model)[2]
        told = page.good("reasons", recommender=model, user=USER, item=one["item"], explainers=ALL)
        assert (told["score"], told["rank"]) == (one["score"], one["rank"])
        for reason in told["reasons"]:
            if "error" not in reason:
                assert reason["full"] == pytest.approx(one["score"], rel=1e-12)


def test_reasons_add_up_and_are_said_in_both_languages(page):
    item = best(page)[0]["item"]
    asked = {"recommender": "ease", "user": USER, "item": item, "explainers": ALL}
    for lang in ("en", "zh"):
        told = page.good("reasons", **asked, lang=lang)
        assert [one["explainer"] for one in told["reasons"]] == ALL
        for one in told["reasons"]:
            assert told["title"] in one["text"]
            assert ("推荐" in one["text"]) == (lang == "zh")
            total = one["base"] + sum(v["value"] for v in one["values"]) + one["others"]["value"] + one["residual"]
            assert total == pytest.approx(one["full"])
            if one["additive"]:
                assert one["residual"] == pytest.approx(0, abs=1e-9)
            else:
                assert {v["share"] for v in one["values"]} == {None}
            assert len(one["values"]) <= 12
            assert one["version"].startswith("whyrec ")
    shares = [v["share"] for v in told["reasons"][0]["values"] if v["value"] > 0]
    assert 0 < sum(shares) <= 1 + 1e-9


@pytest.mark.parametrize("players", ["history", "interests", "features"])
def test_hiding_players_gives_what_the_model_says_without_them(page, players):
    model = "content" if players == "features" else "ease"
    item = best(page, model=model)[1]["item"]
    asked = {"recommender": model, "user": USER, "item": item, "players": players}
    told = page.good("reasons", **asked, explainers=["shapley"])["reasons"][0]
    most = max(told["values"], key=lambda v: v["value"])["player"]
    moved = page.good("without", **asked, hidden=[most])
    assert moved["before"] == {"score": pytest.approx(told["full"], rel=1e-12), "rank": 2}
    assert moved["after"]["score"] < moved["before"]["score"]
    nobody = page.good("without", **asked, hidden=[])
    assert (nobody["after"], nobody["came"], nobody["left"]) == (moved["before"], [], [])
    ids = {one["item"] for one in moved["items"]}
    assert set(moved["came"]) <= ids
    assert not set(moved["left"]) & ids
    if players == "history":
        data, seat = page.site.data, page.site.models.seats[model]
        whole = data.histories.take(np.array([data.users.find(USER)]))
        scores = seat.model.score(whole.keep(whole.items != data.catalog.items.find(most)))[0]
        assert moved["after"]["score"] == scores[data.catalog.items.find(item)]


def test_hiding_everybody_leaves_the_base(page):
    item = best(page)[0]["item"]
    asked = {"recommender": "ease", "user": USER, "item": item}
    everybody = [page.site.data.catalog.items[i] for i in set(history(page, USER))]
    moved = page.good("without", **asked, hidden=everybody)
    told = page.good("reasons", **asked, explainers=["weights"])["reasons"][0]
    assert moved["after"]["score"] == pytest.approx(told["base"], abs=1e-12)


def test_who_is_no_player_is_not_hidden(page):
    answer = page.post("without", recommender="ease", user=USER, item=best(page)[0]["item"], hidden=["nobody"])
    assert answer.status_code == 404
    assert "no player" in answer.json()["error"]["message"]


def test_what_would_change_it_does(page):
    found = 0
    for user in ("u03", "u07", "u11", "u20"):
        for one in best(page, user)[7:]:
            asked = {"recommender": "ease", "user": user, "item": one["item"]}
            told = page.good("reasons", **asked, explainers=["weights"])["counterfactual"]
            if told is None:
                continue
            found += 1
            moved = page.good("without", **asked, hidden=[p["player"] for p in told["without"]])
            assert one["item"] in moved["left"]
            assert told["instead"]["item"] in moved["came"]
            assert all(p["label"] in told["text"] for p in told["without"][:5])
            assert told["instead"]["title"] in told["text"]
    assert found


def test_a_made_up_history_is_answered_like_a_user(page):
    data = page.site.data
    met = [{"item": data.catalog.items[i]} for i in (3, 9)]
    told = page.good("list", recommender="ease", history=met)
    scores = page.site.models.seats["ease"].model.score(
        data.encode({"item_id": [one["item"] for one in met], "behavior": ["purchase"] * 2})
    )[0]
    top = told["items"][0]
    assert top["score"] == scores[data.catalog.items.find(top["item"])] == np.delete(scores, [3, 9]).max()
    assert not {one["item"] for one in met} & {one["item"] for one in told["items"]}
    milder = page.good("list", recommender="ease", history=[{**met[0], "behavior": "browse"}, met[1]])
    assert milder["items"][0]["score"] != top["score"]
    reasons = page.good("reasons", recommender="ease", history=met, item=top["item"], explainers=ALL)
    assert [one["explainer"] for one in reasons["reasons"] if "error" in one] == []
    moved = page.good("without", recommender="ease", history=met, item=top["item"], hidden=[met[0]["item"]])
    assert moved["after"]["score"] != moved["before"]["score"]
    answer = page.post("list", recommender="ease", history=[{**met[0], "behavior": "purchased"}])
    assert (answer.status_code, answer.json()["error"]["hint"]) == (422, "did you mean 'purchase'?")


def test_nothing_known_is_a_cold_start(page):
    told = page.good("list", recommender="popular", history=[])
    assert (told["history"], told["history_total"], told["profile"]) == ([], 0, [])
    assert len(told["items"]) == 10
    asked = {"recommender": "popular", "history": [], "item": told["items"][0]["item"]}
    reasons = page.good("reasons", **asked, explainers=["shapley"])
    assert "nothing is known of you yet" in reasons["reasons"][0]["text"]
    assert reasons["counterfactual"] is None


def test_either_a_user_or_a_history(page):
    for who in ({}, {"user": USER, "history": []}):
        answer = page.post("list", recommender="ease", **who)
        assert answer.status_code == 422
        assert "either a user or a history" in answer.json()["error"]["message"]


# -- feedback -------------------------------------------------------------------------------------------------


def test_feedback_counts_at_once_and_undoing_it_gives_the_very_list(calm):
    first = calm.good("list", recommender="ease", user=USER)
    item = first["items"][0]["item"]
    reasons = {"recommender": "ease", "user": USER, "item": first["items"][1]["item"], "explainers": ALL}
    why = calm.good("reasons", **reasons)
    interest = next(one["interest"] for one in first["profile"] if one["interest"] != "(other)")
    for said in (
        {"about": "item", "answer": "not-right", "subject": item},
        {"about": "interest", "answer": "less", "subject": interest},
        {"about": "interest", "answer": "delete", "subject": interest},
        {"about": "reason", "answer": "not-why", "subject": first["history"][0]["item"]},
        {"about": "user", "answer": "off"},
    ):
        shown = calm.good("feedback/preview", recommender="ease", user=USER, **said)
        assert [one["item"] for one in shown["before"]] == [one["item"] for one in first["items"]]
        kept = calm.good("feedback", user=USER, **said)
        now = calm.good("list", recommender="ease", user=USER)
        assert now["feedback"] == 1
        assert [one["item"] for one in now["items"]] == [one["item"] for one in shown["after"]]
        ids = {one["item"] for one in first["items"]}
        assert {one["item"] for one in now["items"]} == ids - set(shown["left"]) | set(shown["came"])
        told = calm.good("reasons", **reasons)
        place = [one["rank"] for one in now["items"] if one["item"] == reasons["item"]]
        assert told["rank"] == (place[0] if place else told["rank"])
        if place:
            assert told["score"] == now["items"][place[0] - 1]["score"]
        if "error" not in told["reasons"][0]:
            assert told["reasons"][0]["full"] == pytest.approx(told["score"], rel=1e-12)
        assert calm.good("feedback/undo", id=kept["id"]) == {"id": kept["id"], "undone": True}
        assert calm.good("list", recommender="ease", user=USER) == first
        again = calm.good("reasons", **reasons)
        assert (again["score"], again["rank"]) == (why["score"], why["rank"])


def test_what_was_said_is_shown_in_the_profile_and_the_history(calm):
    first = calm.good("list", recommender="ease", user=USER)
    interest, item = first["profile"][0]["interest"], first["history"][0]["item"]
    calm.good("feedback", user=USER, about="interest", answer="delete", subject=interest)
    calm.good("feedback", user=USER, about="reason", answer="hide", subject=item)
    now = calm.good("list", recommender="ease", user=USER)
    (row,) = [one for one in now["profile"] if one["interest"] == interest]
    assert (row["share"], row["multiplier"], row["before"]) == (0, 0, first["profile"][0]["share"])
    assert next(one["forgotten"] for one in now["history"] if one["item"] == item)
    said = calm.get("feedback", user=USER)["entries"]
    assert [one["about"] for one in said[:2]] == ["reason", "interest"]
    assert said[0]["title"] == calm.site.data.catalog.title(calm.site.data.catalog.items.find(item))
    assert not said[0]["undone"]


def test_another_programs_word_counts_too(calm):
    before = best(calm)
    from whyrec.feedback.journal import Journal
    from whyrec.store.store import Store

    calm.site.shelf.add(Said("u01", "user", "on"), calm.site.data)
    with Store(calm.site.shelf.read(lambda store: store.path)) as store:
        Journal(store).add(Said(USER, "item", "own", before[0]["item"]), calm.site.data)
    assert best(calm)[0]["item"] == before[1]["item"]


def test_the_lists_are_those_of_recommend(calm):
    """The same store, the same words: the page and the command line say the same."""
    calm.good("feedback", user=USER, about="item", answer="less", subject=best(calm)[0]["item"])
    data, model = calm.site.data, calm.site.models.seats["ease"].model
    effect = Effect.of(calm.site.shelf.standing(USER), data)
    top = effect.top(model, data.histories.take(np.array([data.users.find(USER)])), 10)
    now = best(calm)
    assert [one["item"] for one in now] == [data.catalog.items[i] for i in top.items[0] if i >= 0]
    assert [one["score"] for one in now] == top.scores[0][: len(now)].tolist()


def test_feedback_that_the_data_do_not_know(calm):
    asked = {"user": USER, "about": "item", "answer": "less", "subject": best(calm)[0]["item"]}
    for change, status in (
        ({"user": "nobody"}, 404),
        ({"subject": "nothing"}, 404),
        ({"answer": "more"}, 422),
        ({"about": "taste"}, 422),
        ({"about": "interest", "subject": "Nothing"}, 422),
        ({"more": 1}, 422),
    ):
        assert calm.post("feedback", **{**asked, **change}).status_code == status
    assert calm.post("feedback/undo", id=10**9).status_code == 404
    assert [one for one in calm.get("feedback", user=USER)["entries"] if not one["undone"]] == []


def test_feedback_is_said_in_both_languages(calm):
    one = best(calm)[0]
    said = {"user": USER, "about": "item", "answer": "own", "subject": one["item"]}
    assert calm.good("feedback", **said)["text"] == f"You have “{one['title']}” already: it is not shown again."
    assert "不再显示" in calm.good("feedback", **said, lang="zh")["text"]
    from whyrec.feedback.said import ANSWERS

    words = calm.site.words
    for about, answers in ANSWERS.items():
        for answer in answers:
            for lang in ("en", "zh"):
                key = f"said.{about}.{answer}"
                assert words[lang](key, subject="X") != key
