"""Each check of the embeddings' contract catches an embedding that breaks just that promise."""

import os
import re
import socket
import zlib
from contextlib import suppress

import numpy as np
import pytest

from whyrec import TextEmbedding
from whyrec.testing import EmbeddingContract


class Good(TextEmbedding):
    """Counts words, by their hashes."""

    name = "good"
    summary = "hashed words"

    def __init__(self, *, size: int = 64) -> None:
        self.size = size

    def _embed(self, texts, rng):
        found = np.zeros((len(texts), self.size))
        for row, text in zip(found, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.lower().encode()) % self.size] += 1
        return found


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 64) -> None:
        self.size = 2 * size


class Latin(Good):
    """knows no script but its own"""

    def _embed(self, texts, rng):
        return super()._embed([text.encode("latin-1").decode() for text in texts], rng)


class Logarithmic(Good):
    """has no finite vector for a very long text"""

    def _embed(self, texts, rng):
        found = super()._embed(texts, rng)
        return np.where(found > 1000, np.inf, found)


class Company(Good):
    """divides by what one text alone does not have"""

    def _embed(self, texts, rng):
        found = super()._embed(texts, rng)
        with np.errstate(all="ignore"):
            return found / found.std(axis=0).mean()


class Signs(Good):
    """stumbles over a text of signs alone"""

    def _embed(self, texts, rng):
        return super()._embed([re.findall(r"\w+", text)[0] and text for text in texts], rng)


class Placed(Good):
    """adds the place of a text to its vector"""

    def _embed(self, texts, rng):
        return super()._embed(texts, rng) + 0.01 * np.arange(len(texts))[:, None]


class Random(Good):
    """draws a text's vector, whatever it says"""

    def _embed(self, texts, rng):
        return np.array([np.random.default_rng(zlib.crc32(t.encode())).normal(size=self.size) for t in texts])


class First(Good):
    """measures all texts by the first one"""

    def _embed(self, texts, rng):
        found = super()._embed(texts, rng)
        return found - 0.5 * found[:1]


class Unseeded(Good):
    """draws random numbers of its own"""

    def _embed(self, texts, rng):
        found = super()._embed(texts, rng)
        return found @ np.random.default_rng().normal(size=(self.size, self.size))


class Online(Good):
    """asks a server first, and goes on without"""

    def _embed(self, texts, rng):
        with suppress(OSError), socket.socket() as asked:
            asked.settimeout(0.1)
            asked.connect(("127.0.0.1", 9))
        return super()._embed(texts, rng)


class Lookup(Good):
    """needs a server"""

    def _embed(self, texts, rng):
        socket.getaddrinfo("models.example.org", 443)
        return super()._embed(texts, rng)


class Setter(Good):
    """sets an environment variable"""

    def _embed(self, texts, rng):
        os.environ["WHYREC_KIT_TEST"] = str(id(self))
        return super()._embed(texts, rng)


MUTANTS = [
    ("settings", OwnSettings, "default size=64 is stored as 128"),
    ("any_texts", Latin, "UnicodeEncodeError"),
    ("any_texts", Logarithmic, "embedding 'good' returned numbers that are not finite"),
    ("one_text", Company, "embedding 'good' returned numbers that are not finite"),
    ("one_text", Signs, "IndexError"),
    ("equal_texts", Placed, "the vector of the same text: "),
    ("likeness", Random, "is as much like"),
    ("order", First, "likeness of texts in reversed order: "),
    ("same_seed_same_vectors", Unseeded, "vectors of the same seed: "),
    ("offline", Online, r"embed\(\) asked for \('127.0.0.1', 9\) over the network"),
    ("offline", Lookup, r"embed\(\) asked for models.example.org over the network"),
    ("process_untouched", Setter, r"embed\(\) changed the environment"),
]


def contract(plugin):
    return type("Kit", (EmbeddingContract,), {"plugin": plugin})()


def test_the_good_one_passes() -> None:
    assert {c.name: c.reason for c in contract(Good).run() if c.state != "ok"} == {}


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)


def test_the_network_is_there_again_afterwards() -> None:
    before = socket.getaddrinfo, socket.socket.connect
    contract(Lookup).run_one("test_offline")
    assert (socket.getaddrinfo, socket.socket.connect) == before
