"""Reasons: why a reader gets an item, by several explainers side by side, and what would change it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from whyrec import Explanation, Game, Recommender, games_for
from whyrec.errors import UnknownIdError, suggest
from whyrec.feedback.measured import Change
from whyrec_cli.web.asked import ForReasons, OfItem, Without
from whyrec_cli.web.errors import told
from whyrec_cli.web.listed import listed, named
from whyrec_cli.web.models import needs_to_be_alone
from whyrec_cli.web.reader import Ranked, Reader, ranked, reader_of
from whyrec_cli.web.site import Site, Voice

STRONGEST = 12
"""Players of a reason that an answer names one by one."""
COUNTERFACTUAL = "counterfactual"
"""The explainer plugin that finds what would have to be gone; it looks at sets of up to this many players."""
SMALL, PARTIAL = 6, 20_000


def reasons_of(site: Site, asked: ForReasons, lang: str) -> dict[str, Any]:
    """Each explainer's values, or why it has none: a plugin that fails spoils only its own entry."""
    words = site.say(lang)
    voices = [site.voice(name) for name in dict.fromkeys(asked.explainers)]
    reader, item = reader_of(site, asked), site.data.catalog.items.find(asked.item)
    with site.models.asked(asked.recommender) as model:
        found = ranked(site, model, asked.recommender, reader)
        entries = []
        for voice in voices:
            try:
                told_ = explained(site, model, voice, reader, asked, lang)
                entries.append({"explainer": voice.id, "version": voice.version, **shown(told_, words.sentence(told_))})
            except Exception as error:  # noqa: BLE001  a plugin's code may raise anything
                entries.append({"explainer": voice.id, "error": told(error)})
        instead = _counterfactual(site, model, reader, found, asked, item, lang)
    return {
        **named(site.data, item, lang),
        "score": float(found.scores[item]),
        "rank": found.rank(item),
        "target": asked.target,
        "players": asked.players,
        "reasons": entries,
        "counterfactual": instead,
    }


def explained(
    site: Site, model: Recommender, voice: Voice, reader: Reader, asked: ForReasons, lang: str
) -> Explanation:
    """One explainer's explanation, kept for a while: the same question has the same answer."""
    by = asked.by or voice.question.get("by")
    key = (asked.recommender, reader.key, asked.item, voice.id, asked.players, by, asked.target, lang)

    def make() -> Explanation:
        how = {**voice.question, "by": by, "target": asked.target, "players": asked.players, "language": lang}
        with site.explaining(voice) as explainer:
            (found,) = model.explain(
                reader.user, [asked.item], explainer=explainer, history=reader.seen, seed=site.config.run.seed, **how
            )
        return found

    return site.told.get(key, make)


def shown(e: Explanation, sentence: str) -> dict[str, Any]:
    """An explanation as an answer shows it: the strongest players one by one, the others summed up."""
    strongest = np.argsort(-np.abs(e.values), kind="stable")[:STRONGEST].tolist()
    strongest.sort(key=lambda p: -e.values[p])
    rest = np.delete(e.values, strongest)
    total = float(e.values[e.values > 0].sum())
    shared = e.additive and not e.ordinal and total > 0
    return {
        "text": sentence,
        "note": e.note,
        "base": None if e.ordinal else e.base_value,
        "full": e.full_value,
        "residual": None if e.ordinal else e.residual,
        "additive": e.additive,
        "ordinal": e.ordinal,
        "seconds": e.seconds,
        "model_calls": e.model_calls,
        "values": [
            {
                "player": e.player_ids[p],
                "label": e.players[p],
                "value": float(e.values[p]),
                "share": float(e.values[p]) / total if shared else None,
                "std_error": None if e.std_error is None else float(e.std_error[p]),
            }
            for p in strongest
        ],
        "others": {"n": len(rest), "value": math.fsum(rest.tolist())},
    }


def without(site: Site, asked: Without, lang: str) -> dict[str, Any]:
    """An item's score and rank if some players were not there, and the list that the reader would have.

    Raises UnknownIdError for players that are none.
    """
    reader, item = reader_of(site, asked), site.data.catalog.items.find(asked.item)
    with site.models.asked(asked.recommender) as model:
        before = ranked(site, model, asked.recommender, reader)
        game = _game(site, model, reader, asked, item)
        places = {player: p for p, player in enumerate(game.players.ids)}
        for player in asked.hidden:
            if player not in places:
                hint = suggest(player, places, what="players of this item")
                raise UnknownIdError(f"{player!r} is no player here", hint=hint)
        after = _hidden(site, model, reader, before, game, [places[player] for player in asked.hidden])
    changed = Change(np.array(before.top(asked.k)), np.array(after.top(asked.k)))
    ids = site.data.catalog.items
    return {
        "before": {"score": float(before.scores[item]), "rank": before.rank(item)},
        "after": {"score": float(after.scores[item]), "rank": after.rank(item)},
        "items": listed(site.data, after, asked.k, lang),
        "came": [ids[i] for i in changed.came],
        "left": [ids[i] for i in changed.left],
    }


# -- inside -----------------------------------------------------------------------------------------


def _game(site: Site, model: Recommender, reader: Reader, asked: OfItem, item: int) -> Game:
    row = site.data.users.positions.get(reader.user or "", 0)
    (game,) = games_for(
        model,
        reader.seen,
        np.array([[item]]),
        kind=asked.players,
        by=asked.by,
        users=[reader.user or ""],
        rows=np.array([row]),
    )
    return game


def _hidden(site: Site, model: Recommender, reader: Reader, before: Ranked, game: Game, players: list[int]) -> Ranked:
    """The ranking with some players absent, under the reader's feedback as it stands."""
    if not players:
        return before
    present = np.ones((1, game.n_players), bool)
    present[0, players] = False
    if game.players.kind == "features":
        scores = before.scores.copy()
        scores[game.items] = game.feature_scores(present)[0]
    else:
        scores = model.score(game.masked(present))[0]
    return Ranked(scores, reader.effect.ranking(site.data, reader.history, scores))


def _counterfactual(
    site: Site, model: Recommender, reader: Reader, found: Ranked, asked: ForReasons, item: int, lang: str
) -> dict[str, Any] | None:
    """The fewest players without whom the item would leave the list, and what would come; None if none is known.

    What is found is tried before it is told.
    """
    top = found.top(asked.k)
    if asked.players == "features" or item not in top:
        return None
    try:
        voice = _finder(site, asked.k)
        told_ = explained(site, model, voice, reader, asked.model_copy(update={"target": "score"}), lang)
        chosen = np.flatnonzero(told_.values > 0)
        if not len(chosen):
            return None
        game = _game(site, model, reader, asked, item)
        after = _hidden(site, model, reader, found, game, chosen.tolist()).top(asked.k)
    except Exception:  # noqa: BLE001  a plugin's code may raise anything; the reasons stand without this
        return None
    if item in after:
        return None
    came = next((i for i in after if i not in set(top)), None)
    instead = None if came is None else named(site.data, came, lang)
    order = chosen[np.argsort(-told_.values[chosen], kind="stable")].tolist()
    return {
        "text": site.say(lang).sentence(replace(told_, instead=instead["title"] if instead else None)),
        "without": [{"player": told_.player_ids[p], "label": told_.players[p]} for p in order],
        "instead": instead,
    }


def _finder(site: Site, k: int) -> Voice:
    def make() -> Voice:
        listed_ = site.registry.find("explainer", COUNTERFACTUAL)
        made = site.registry.make_explainer(COUNTERFACTUAL, k=k, limit=SMALL, most=PARTIAL)
        alone = needs_to_be_alone(made, listed_.distribution)
        return Voice(f"{COUNTERFACTUAL}@{k}", made, {}, listed_.version, alone)

    return site.finders.get(k, make)
