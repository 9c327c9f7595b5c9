"""Data sources that read files keep the promises of the conformance kit."""

from pathlib import Path
from typing import ClassVar

import pytest

from whyrec.testing import DatasetContract
from whyrec_plugins.datasets.events import Events
from whyrec_plugins.datasets.movielens import MovieLens

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


class TestEvents(DatasetContract):
    plugin = Events
    settings: ClassVar = {
        "path": EXAMPLES / "own-events.csv",
        "user": "customer",
        "item": "product",
        "behavior": "action",
        "time": "at",
        "behaviors": {"buy": 1.0, "cart": 0.6, "view": 0.2},
        "items": EXAMPLES / "own-items.csv",
        "item_id": "product",
        "title": "name",
        "multi": ["tags"],
    }


@pytest.mark.data
class TestMovieLens(DatasetContract):
    plugin = MovieLens

    @pytest.fixture(autouse=True)
    def folder(self, request, data_dir):
        request.cls.settings = {"path": data_dir / "ml-latest-small"}
