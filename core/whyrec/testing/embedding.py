"""The contract of text embeddings: a finite vector for every text, the same each time, and alike for what is alike."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from whyrec.embedding import TextEmbedding
from whyrec.errors import DataError
from whyrec.testing.check import Contract, Failed, near, need
from whyrec.testing.untouched import process_untouched
from whyrec.types import FloatArray

ALIKE = (
    ("a starship crew explores distant planets", "the crew of a starship explores planets"),
    ("two lovers meet in Paris and part", "two lovers part in Paris and meet again"),
    ("fresh bread and cheese for breakfast", "bread with cheese for a fresh breakfast"),
)
"""Pairs of texts about one thing each."""
TEXTS = tuple(text for pair in ALIKE for text in pair)
ODD = (
    "word", "WORD word Word", "two\nlines\tand a tab", "3.14 and 2718", "红色的跑鞋", "حذاء أحمر",
    "shoes 👟 and boots 🥾", "<b>bold</b> & {braces} %s", "naïve café", "a b c d", "long " * 2000,
    "the same text", "the same text",
)  # fmt: skip


class EmbeddingContract(Contract):
    """What every text embedding must hold, on short texts of the kit's own.

    ``tolerance``: how far numbers may move by rounding, relative to the largest.
    """

    plugin: ClassVar[type[TextEmbedding]]
    tolerance: ClassVar[float] = 1e-4

    def embed(self, texts: Any, *, seed: int = 3) -> FloatArray:
        embedding: TextEmbedding = self.make()
        return embedding.embed(texts, seed=seed)

    def test_any_texts(self) -> None:
        """Whatever texts hold, each has a finite vector: other scripts, signs, one word, very many words."""
        found = self.embed(ODD)
        need(len(found) == len(ODD) and found.shape[1] > 0, f"shape {found.shape} for {len(ODD)} texts")
        need(bool(np.isfinite(found).all()), "a number is not finite")

    def test_one_text(self) -> None:
        """A text alone has a vector, and signs alone have one or are refused with DataError."""
        need(self.embed(["one text of its own"]).shape[0] == 1, "one text has not one vector")
        try:
            self.embed(["!"])
        except DataError:
            return

    def test_equal_texts(self) -> None:
        """Equal texts beside each other have equal vectors."""
        found = self.embed(("the same text", *TEXTS, "the same text"))
        near(found[-1], found[0], "the vector of the same text", relative=self.tolerance)

    def test_likeness(self) -> None:
        """Texts about one thing are more alike than texts about others."""
        likeness = _likeness(self.embed(TEXTS))
        for one in range(0, len(TEXTS), 2):
            others = [o for o in range(len(TEXTS)) if o // 2 != one // 2]
            best = max(others, key=lambda o: likeness[one, o])
            need(
                likeness[one, one + 1] > likeness[one, best],
                f"{TEXTS[one]!r} is as much like {TEXTS[best]!r} ({likeness[one, best]:.3f}) as like "
                f"{TEXTS[one + 1]!r} ({likeness[one, one + 1]:.3f})",
            )

    def test_order(self) -> None:
        """Which text stands first changes no likeness."""
        there, back = _likeness(self.embed(TEXTS)), _likeness(self.embed(TEXTS[::-1]))
        near(back[::-1, ::-1], there, "likeness of texts in reversed order", relative=self.tolerance)

    def test_same_seed_same_vectors(self) -> None:
        """Equal texts, settings and seed give equal vectors, whoever draws random numbers beside."""
        first = self.embed(TEXTS)
        np.random.default_rng().random(3)
        state = np.random.get_state()  # noqa: NPY002  somebody else uses it
        np.random.seed(99)  # noqa: NPY002  the global ones are what is looked at
        again = self.embed(TEXTS)
        np.random.set_state(state)  # noqa: NPY002  the global ones are what is looked at
        near(again, first, "vectors of the same seed", relative=1e-9)

    def test_offline(self) -> None:
        """Nothing is asked of a network."""
        with _no_network():
            self.embed(TEXTS)

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        with process_untouched("embed()"):
            self.embed(TEXTS)


def _likeness(vectors: FloatArray) -> FloatArray:
    """(n, n) cosines; 0 with a vector of zeros."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1.0)
    found: FloatArray = unit @ unit.T
    return found


@contextmanager
def _no_network() -> Iterator[None]:
    """Raise Failed if what runs inside looks up a host or connects to one, whether or not it minds that it cannot."""
    asked: list[str] = []
    before = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def refused(*given: Any, **more: Any) -> Any:
        asked.append(str(next((g for g in given if not isinstance(g, socket.socket)), "")))
        raise OSError("the kit allows no network")

    socket.getaddrinfo = refused
    socket.socket.connect = socket.socket.connect_ex = refused  # type: ignore[method-assign]  # put in its place for a while, and back
    try:
        yield
    except OSError:
        if not asked:
            raise
    finally:
        socket.getaddrinfo = before[0]
        socket.socket.connect, socket.socket.connect_ex = before[1:]  # type: ignore[method-assign]  # put in its place for a while, and back
    if asked:
        raise Failed(f"embed() asked for {asked[0]} over the network")
