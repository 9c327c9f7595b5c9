"""Text embeddings: a plugin's answer is checked before it becomes features."""

import numpy as np
import pytest

from whyrec import MissingPackageError, PluginError, Registry, TextEmbedding, hookimpl
from whyrec.embedding import embedding_of


def returning(answer, **attributes):
    return type("Made", (TextEmbedding,), {"name": "made", "_embed": lambda self, texts, rng: answer, **attributes})


def test_an_answer_becomes_float64() -> None:
    found = returning(np.ones((2, 3), np.float32))().embed(["a", "b"])
    assert (found.dtype, found.shape) == (np.float64, (2, 3))


@pytest.mark.parametrize("answer", [np.ones(2), np.ones((3, 2)), np.ones((2, 0))])
def test_another_shape_is_refused(answer) -> None:
    with pytest.raises(PluginError, match=r"embedding 'made' returned an array of shape .* for 2 texts; \(2, d\)"):
        returning(answer)().embed(["a", "b"])


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(PluginError, match="embedding 'made' returned numbers that are not finite"):
        returning(np.full((1, 2), np.nan))().embed(["a"])


def test_equal_seeds_give_equal_vectors() -> None:
    class Drawn(TextEmbedding):
        name = "drawn"

        def _embed(self, texts, rng):
            return rng.normal(size=(len(texts), 2))

    one, same, other = (Drawn().embed(["a"], seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_a_missing_package_says_what_to_install() -> None:
    lacking = returning(np.ones((1, 1)), packages=("no_such_package_here",), install="whyrec[text]")
    with pytest.raises(
        MissingPackageError, match=r"made needs the package 'no_such_package_here'.*\n  pip install \"whyrec\[text\]\""
    ):
        lacking().embed(["a"])


def test_the_hook_offers_classes() -> None:
    made = returning(np.ones((1, 1)))

    class Hooks:
        @hookimpl
        def whyrec_embeddings(self):
            return [made, dict]

    registry = Registry()
    registry.add(Hooks(), name="mine")
    assert isinstance(registry.make("embedding", "made"), made)
    assert [(b.kind, b.reason) for b in registry.broken] == [("embedding", "dict is not a TextEmbedding")]


def test_by_name_by_table_and_as_it_is() -> None:
    made = returning(np.ones((1, 1)))()
    assert embedding_of(made) is made
    assert embedding_of("tfidf-svd").settings()["size"] == 64
    assert embedding_of({"use": "tfidf-svd", "size": 8}).settings()["size"] == 8
