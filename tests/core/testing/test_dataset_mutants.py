"""Each check of the data sources' contract catches a source that breaks just that promise."""

import os
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import CleaningReport, DataSource, Histories
from whyrec.testing import DatasetContract
from whyrec.testing.world import world


class Good(DataSource):
    """Keeps every promise."""

    name = "good"
    summary = "the kit's world"

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def _load(self, seed):
        return world(seed)


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 3) -> None:
        self.size = 2 * size


class Unseeded(Good):
    """makes other data each time"""

    def _load(self, seed):
        return world(int(np.random.default_rng().integers(1000)))


class Shared(Good):
    """hands out one object again and again"""

    made = world()

    def _load(self, seed):
        return self.made


class NotANumber(Good):
    """has a weight that is no number"""

    def _load(self, seed):
        data = world(seed)
        data.histories.weights[3] = np.nan
        return data


class Shuffled(Good):
    """gives events in no order"""

    def _load(self, seed):
        data = world(seed)
        return data.with_histories(replace(data.histories, times=data.histories.times[::-1].copy()))


class Untitled(Good):
    """has titles for some items only"""

    def _load(self, seed):
        data = world(seed)
        return replace(data, catalog=replace(data.catalog, titles={"en": ("one",)}))


class Dropper(Good):
    """drops rows without a reason"""

    def _load(self, seed):
        return replace(world(seed), report=CleaningReport(100, 10, {"no user": 1}))


class Single(Good):
    """gives each user one item, so that nothing can be held out"""

    def _load(self, seed):
        data = world(seed)
        eye = csr_array(
            (np.ones(data.n_users), (np.arange(data.n_users), np.arange(data.n_users) % 5)), (data.n_users, 18)
        )
        return data.with_histories(Histories.from_interest(eye))


class Setter(Good):
    """sets an environment variable"""

    def _load(self, seed):
        os.environ["WHYREC_KIT_TEST"] = str(id(self))
        return world(seed)


MUTANTS = [
    ("settings", OwnSettings, "default size=3 is stored as 6"),
    ("same_again", Unseeded, "loaded a second time, its fingerprint differ"),
    ("same_again", Shared, r"load\(\) hands out the same object twice"),
    ("sound", NotANumber, "a weight is not finite"),
    ("order", Shuffled, "an event precedes an older one"),
    ("catalog", Untitled, "1 titles in language 'en', 18 items"),
    ("report", Dropper, "read 100, kept 10, but reasons for only 1"),
    ("split", Single, "nobody has two items"),
    ("process_untouched", Setter, r"load\(\) changed the environment"),
]


def contract(plugin):
    return type("Kit", (DatasetContract,), {"plugin": plugin})()


def test_the_good_one_passes() -> None:
    assert {c.name: c.reason for c in contract(Good).run() if c.state != "ok"} == {}


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)
