"""The files of a new plugin package, by kind."""

from __future__ import annotations

from string import Template

KINDS = ("recommender", "explainer")

_PROJECT = """\
[build-system]
requires = ["hatchling>=1.24"]
build-backend = "hatchling.build"

[project]
name = "$distribution"
version = "0.1.0"
description = "${article_} $kind for whyrec."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["whyrec"]

[project.optional-dependencies]
test = ["pytest"]

[project.entry-points.whyrec]
$name = "$module"

[tool.hatch.build]
dev-mode-dirs = ["src"]

[tool.hatch.build.targets.wheel]
packages = ["src/$module"]
"""

_README = """\
# $distribution

The $kind `$name` for whyrec.

    pip install -e '.[test]'
    pytest
    whyrec plugins check $name --kind $kind

Then a config may name it:

    [[$kind]]
    use = "$name"
"""

_TEST = """\
\"\"\"`$name` keeps every promise of $article $kind.\"\"\"

from whyrec.testing import ${base}Contract

from $module import $cls


class Test$cls(${base}Contract):
    plugin = $cls
"""

_RECOMMENDER = """\
\"\"\"$cls: a recommender for whyrec.\"\"\"

from typing import Annotated

import numpy as np
from pydantic import Field
from whyrec import Recommender, hookimpl


class $cls(Recommender):
    \"\"\"Recommends what was met together with the items of the history.

    Parameters
    ----------
    damping : how many meetings an item is worth that nobody met; more of it favors what is popular
    \"\"\"

    name = "$name"
    summary = "what was met together"
    # All that _fit learns. With it, `whyrec train` saves the model.
    state = ("_met",)

    # The constructor is the schema of the config: keyword-only, typed, with defaults. It stores, and does nothing else.
    def __init__(self, *, damping: Annotated[float, Field(gt=0)] = 10.0) -> None:
        self.damping = damping

    def _fit(self, data, rng, progress):
        x = data.histories.interest  # (users, items), sparse
        self._met = (x.T @ x).toarray() / (abs(x).sum(axis=0) + self.damping)
        np.fill_diagonal(self._met, 0.0)

    def _score(self, histories, items):
        scores = histories.interest @ self._met
        return scores if items is None else scores[:, items]

    # A capability: the score is linear in the history. Leave it out where that is not true.
    def history_weights(self, items):
        return self._met[:, items], np.zeros(len(items))


# The version of the plugin interface that this was written for: another whyrec says so, and does not try.
whyrec_api = $api


@hookimpl
def whyrec_recommenders():
    return [$cls]
"""

_EXPLAINER = """\
\"\"\"$cls: an explainer for whyrec.\"\"\"

from typing import ClassVar

import numpy as np
from whyrec import Attribution, Explainer, ScoresFeatures, hookimpl


class $cls(Explainer):
    \"\"\"A player is worth what the value loses when that player alone is hidden.\"\"\"

    name = "$name"
    summary = "what is lost without each"
    # Kinds of players that it understands, and what the model must be able to do for each; () asks for nothing.
    needs: ClassVar = {"history": (), "interests": (), "features": (ScoresFeatures,)}
    # True: values sum to what the value moved, and that is checked each time.
    additive = False
    # True: there is no sampling error.
    exact = True

    def _explain(self, model, games, rngs):
        for game in games:
            everybody_but_one = ~np.eye(game.n_players, dtype=bool)
            lost = game.full_value - game.values(everybody_but_one)  # (players, items)
            yield Attribution(values=lost.T, base=game.base_value)


# The version of the plugin interface that this was written for: another whyrec says so, and does not try.
whyrec_api = $api


@hookimpl
def whyrec_explainers():
    return [$cls]
"""

_CODE = {"recommender": _RECOMMENDER, "explainer": _EXPLAINER}


def files(kind: str, *, name: str, distribution: str, cls: str) -> dict[str, str]:
    """Path → text of every file of a package."""
    from whyrec.hookspecs import API

    module = distribution.replace("-", "_")
    words = {
        "api": API,
        "kind": kind,
        "article": "an" if kind[0] in "aeiou" else "a",
        "article_": "An" if kind[0] in "aeiou" else "A",
        "base": kind.capitalize(),
        "name": name,
        "distribution": distribution,
        "module": module,
        "cls": cls,
    }
    texts = {
        "pyproject.toml": _PROJECT,
        "README.md": _README,
        f"src/{module}/__init__.py": _CODE[kind],
        f"tests/test_{module}.py": _TEST,
    }
    return {path: Template(text).substitute(words) for path, text in texts.items()}
