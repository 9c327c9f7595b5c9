"""tfidf-svd: texts by the words that they hold, brought to a few dimensions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from whyrec import DataError, FloatArray, TextEmbedding


class TfidfSVD(TextEmbedding):
    """TF-IDF of words, then a truncated singular value decomposition, by scikit-learn.

    It learns from the given texts alone. Where these are few or share few words, there are fewer than ``size``
    dimensions.

    Source: Deerwester et al. 1990, Indexing by Latent Semantic Analysis, JASIS 41(6).

    Parameters
    ----------
    size : dimensions of a vector
    analyzer : ``word``: words of two characters or more; ``char``: runs of three to five characters inside words,
        for scripts without spaces and for misspelt names
    min_df : a word counts if at least so many texts have it
    """

    name: ClassVar[str] = "tfidf-svd"
    summary: ClassVar[str] = "texts by their words: TF-IDF and a truncated SVD (scikit-learn)"
    packages: ClassVar[tuple[str, ...]] = ("sklearn",)
    install: ClassVar[str] = "whyrec[text]"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(ge=1, le=4096)] = 64,
        analyzer: Literal["word", "char"] = "word",
        min_df: Annotated[int, Field(ge=1)] = 1,
    ) -> None:
        self.size = size
        self.analyzer = analyzer
        self.min_df = min_df

    def _embed(self, texts: list[str], rng: np.random.Generator) -> FloatArray:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        how = {"analyzer": "word"} if self.analyzer == "word" else {"analyzer": "char_wb", "ngram_range": (3, 5)}
        # No document has fewer than one word in common with itself: a min_df above the number of texts leaves none.
        vectorizer = TfidfVectorizer(**how, min_df=min(self.min_df, len(texts)), sublinear_tf=True)
        try:
            words = vectorizer.fit_transform(texts)
        except ValueError:  # an empty vocabulary
            raise DataError(
                f"tfidf-svd: no word is held by {self.min_df} of the {len(texts)} texts, such as {texts[0][:40]!r}",
                hint='lower min_df, or take analyzer = "char"',
            ) from None
        size = min(self.size, *words.shape)
        if size == words.shape[1]:  # nothing to bring down
            return np.asarray(words.toarray(), np.float64)
        svd = TruncatedSVD(size, random_state=int(rng.integers(2**31)))
        with np.errstate(invalid="ignore"):  # one text explains no variance: 0 / 0, which nobody reads
            return np.asarray(svd.fit_transform(words), np.float64)
