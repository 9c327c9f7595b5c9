"""What ``explain``, the pictures, feedback and the report say in English."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    # explain: the table of one item
    "players.history": "history",
    "players.interests": "interests",
    "players.features": "features",
    "base.history": "(empty history)",
    "base.interests": "(empty history)",
    "base.features": "(no features)",
    "explain.title": "{title} ({item}) for {user}, by {model}: {target} {score}",
    "explain.title_base": "{title} ({item}) for {user}, by {model}: {target} {score}, base {base}",
    "explain.else": "everything else ({n})",
    "explain.left": "left unexplained",
    "target.score": "score",
    "target.probability": "probability",
    "target.margin": "margin@{k}",
    "target.margin-near": "margin-near",
    "target.rank": "rank",
    # explain: what two players do together
    "together.title": "{title} ({item}), by {name}: what two do only together, strongest first ({counted})",
    "together.all": "{n} pairs",
    "together.some": "{n} of {all} pairs",
    "together.with": "with",
    "together.value": "together",
    "together.none": "{name}: no two players do anything together that they would not do apart",
    # explain: below the tables
    "explain.effort": "{name}: {calls} model calls, {seconds} s",
    "explain.effort_items": "{name}: {calls} model calls, {seconds} s for {n} items",
    "explain.note": "{name}: {title}: {note}",
    "explain.skipped": "{name}: skipped: {reason}",
    "explain.failed": "{name}: failed: {reason}",
    "explain.nobody": (
        "Nothing is known of user {user!r}: no event is on record. The score is what {model} gives to anybody "
        "without a history, so nothing in the history explains it."
    ),
    "explain.then": "As known at {time}: {then} of {now} events.",
    "explain.then_faded": (
        "As known at {time}: {then} of {now} events, with the weights of that time (half-life {days} days)."
    ),
    "explain.feedback": "What user {user!r} said counts here ({n}); --no-feedback leaves it out.",
    "explain.picture": "picture: {path}",
    # explain --profile
    "profile.history": "What user {user} is interested in, % of all degrees of interest",
    "profile.best": "What carries the best item of {user}, % of all contributions ({model}, {name})",
    "profile.bests": "What carries the {k} best items of {user}, % of all contributions ({model}, {name})",
    "profile.events": "events known",
    "profile.no_decay": "Events do not fade here; with half_life_days in [data], recent ones count more.",
    # pictures
    "chart.base": "Start (nothing known)",
    "chart.others": "{n} others",
    "chart.left": "left unexplained",
    "chart.score": "Score",
    "chart.value": "what each adds to the score",
    "chart.order": "how much each matters",
    "chart.for": "+ for it",
    "chart.against": "− against it",
    "chart.total": "base and score",
    "chart.over_time": "share of the reasons ({by})",
    "chart.before": "before",
    "chart.after": "after",
    # feedback
    "said.item.useful": "“{subject}” is useful: it counts like something you liked.",
    "said.item.not-right": "“{subject}” is not right: it is not shown again.",
    "said.item.less": "Less like “{subject}”.",
    "said.item.own": "You have “{subject}” already: it is not shown again.",
    "said.reason.not-why": "“{subject}” is not why: it no longer counts.",
    "said.reason.hide": "“{subject}” is hidden: it no longer counts.",
    "said.interest.more": "More {subject}.",
    "said.interest.less": "Less {subject}.",
    "said.interest.delete": "No {subject} at all.",
    "said.user.off": "Personalization is off: your history does not count.",
    "said.user.on": "Personalization is on: your history counts.",
    # the report
    "report.title": "Which explanations can be trusted: run {run}",
    "report.finding": "The finding",
    "report.recommenders": "How good the recommendations are",
    "report.cells": "How true the explanations are",
    "report.removal": "What is left as reasons go",
    "report.removal_how": (
        "The score as an explanation's players are removed, strongest first (del), and as they alone are kept (ins). "
        "The grey band is a random order. A good explanation falls below it, or rises above it, at once."
    ),
    "report.cost": "What they cost",
    "report.agreement": "How far explainers agree",
    "report.training": "Training curves",
    "report.examples": "Twenty explanations",
    "report.data_card": "The data",
    "report.reproduce": "How to get this again",
    "report.downloads": "As data",
    "report.done": "{done} of {all} cells of run {run} on {data} are done.",
    "report.finding_lower": (
        "The best recommender, {model}, is explained most truly by {explainer}: {figure} {value} (lower is better)."
    ),
    "report.finding_higher": (
        "The best recommender, {model}, is explained most truly by {explainer}: {figure} {value} (higher is better)."
    ),
    "report.floor": "A random order has {value}.",
    "report.recommender": "recommender",
    "report.explainer": "explainer",
    "report.players": "players",
    "report.calls": "model calls",
    "report.seconds": "seconds",
    "report.fit_seconds": "fit seconds",
    "report.state": "state",
    "report.signs": "± is half of a 95 % interval over users. A click on a column's head sorts by it.",
    "report.agreement_how": "The mean share of the five strongest players that two explainers have in common.",
    "report.rule": (
        "Chosen by rule: the users with the best and with the worst {figure}, spread over explainers, each with their "
        "best item; and where two explainers of one recommender share fewest of their five strongest players."
    ),
    "report.best": "among the best by {figure}: {value}{other}",
    "report.worst": "among the worst by {figure}: {value}{other}",
    "report.disputed": "disputed by {other}: they share {value} of their five strongest players",
    "report.data": "data",
    "report.users": "users",
    "report.items": "items",
    "report.events": "events",
    "report.test_pairs": "pairs held out",
    "report.explained_users": "users explained",
    "report.read": "rows read",
    "report.kept": "rows kept",
    "report.rejected": "rows rejected",
    "report.filtered": "rows left aside on purpose",
    "report.warning": "warning",
    "report.versions": "versions",
    "report.fingerprint": "fingerprint of the data",
    "report.config": "the config, with all that was overridden",
    "report.inside": (
        "All figures but the points of curves stand in this page as JSON (the element “result”), "
        "and in this table to save:"
    ),
    "state.planned": "planned",
    "state.done": "done",
    "state.skipped": "skipped",
    "state.failed": "failed",
    "state.timeout": "timed out",
    "state.oom": "out of memory",
    "role.floor": "the floor: random orders",
    "role.ceiling": "the ceiling of one figure",
}
