"""tfidf-svd: texts that share words are alike."""

import numpy as np
import pytest

from whyrec import DataError
from whyrec_plugins.embeddings.tfidf_svd import TfidfSVD

TEXTS = [
    "a starship crew explores distant planets",
    "the crew of a starship meets aliens on distant planets",
    "two lovers meet in Paris and part",
    "lovers part in Paris, and meet again",
    "a detective hunts a murderer",
]


def cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_texts_of_one_subject_are_alike() -> None:
    found = TfidfSVD(size=3).embed(TEXTS)
    assert found.shape == (5, 3)
    alike = cosines(found)
    assert min(alike[0, 1], alike[2, 3]) > 0.9 > 0.5 > np.abs(alike[[0, 1]][:, [2, 3, 4]]).max()


def test_all_dimensions_keep_the_angles_of_tf_idf() -> None:
    """With as many dimensions as texts nothing is lost: a text's likeness to itself and others is that of its words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True).fit_transform(TEXTS)
    found = TfidfSVD(size=500).embed(TEXTS)
    np.testing.assert_allclose(found @ found.T, (words @ words.T).toarray(), atol=1e-8)


def test_equal_seeds_equal_vectors() -> None:
    np.testing.assert_array_equal(TfidfSVD(size=2).embed(TEXTS, seed=4), TfidfSVD(size=2).embed(TEXTS, seed=4))


def test_few_texts_and_few_words() -> None:
    assert np.isfinite(TfidfSVD().embed(["one text of its own"])).all()
    assert TfidfSVD().embed(["same", "same", "other"]).shape == (3, 2)
    assert TfidfSVD(min_df=10).embed(["same", "same"]).shape == (2, 1)


def test_scripts_without_spaces_go_by_characters() -> None:
    found = cosines(TfidfSVD(analyzer="char", size=50).embed(["红色的跑鞋很轻", "红色的跑鞋很贵", "厨房用的刀"]))
    assert found[0, 1] > 0.4 > found[0, 2]


def test_texts_without_words() -> None:
    with pytest.raises(DataError, match=r"tfidf-svd: no word is held by 1 of the 2 texts, such as '!'\n  lower"):
        TfidfSVD().embed(["!", "?"])
