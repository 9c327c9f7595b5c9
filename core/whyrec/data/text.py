"""Words of a text in any script, and TF-IDF weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from whyrec.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

# Scripts written without spaces between words: Han, Hiragana, Katakana, Hangul, Thai.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}ー"


def tokens(texts: pl.Series) -> pl.DataFrame:
    """The tokens of each text: columns ``row`` (position in ``texts``) and ``token``, with repeats.

    Texts are NFKC-normalized and lower-cased. Spaced scripts give words of two characters or more;
    runs of unspaced script give overlapping pairs of characters (a run of one gives that character).
    """
    import polars as pl

    frame = pl.DataFrame({"text": texts.cast(pl.String).str.normalize("NFKC").str.to_lowercase()}).with_row_index("row")
    # The crate behind polars has no look-around: unspaced runs are cut out first, words come from what is left.
    words = frame.select(
        "row", token=pl.col("text").str.replace_all(f"[{_UNSPACED}]+", " ").str.extract_all(r"[\p{L}\p{N}_]{2,}")
    ).explode("token")
    runs = frame.select("row", run=pl.col("text").str.extract_all(f"[{_UNSPACED}]+")).explode("run").drop_nulls()
    single = runs.filter(pl.col("run").str.len_chars() == 1).select("row", token="run")
    pairs = (
        runs.filter(pl.col("run").str.len_chars() > 1)
        .select("row", token=pl.col("run").str.extract_all(r"."))
        .with_columns(pl.col("token").list.eval(pl.element() + pl.element().shift(-1)))
        .explode("token")
    )
    return pl.concat([words, single, pairs]).drop_nulls()


def tfidf(rows: IntArray, terms: IntArray, counts: FloatArray, *, n_rows: int, n_terms: int) -> FloatArray:
    """Count × smoothed inverse document frequency, each row scaled to length 1.

    Parameters
    ----------
    rows, terms, counts : (n_entries,) the entries of a document-term matrix, each pair once

    Returns
    -------
    (n_entries,) float64: ``count · (log((1 + n) / (1 + df)) + 1)``, then divided by the row's norm.

    Notes
    -----
    Salton & Buckley 1988, Term-weighting approaches in automatic text retrieval; the smoothing, as if
    one more document held every term, keeps the weight of a term found everywhere above 0.
    """
    frequency = np.bincount(terms, minlength=n_terms)
    weights = counts * (np.log((1.0 + n_rows) / (1.0 + frequency)) + 1.0)[terms]
    norms = np.sqrt(np.bincount(rows, weights**2, minlength=n_rows))
    lengths: FloatArray = np.where(norms > 0, norms, 1.0)
    scaled: FloatArray = weights / lengths[rows]
    return scaled
