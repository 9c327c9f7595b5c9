"""Selection: which features of items say most about who is interested in what."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from scipy.sparse import csr_array

from whyrec.catalog import Features
from whyrec.dataset import Dataset
from whyrec.errors import UnsupportedError
from whyrec.types import CSR, BoolArray, FloatArray

JUDGED = ("multi", "category", "text")


def mutual_information(data: Dataset) -> FloatArray:
    """(n_features,) nats that a feature of an item tells about the user who met it; NaN for numbers and dense blocks.

    Draw one of all (user, item) pairs with an interest above 0, let U be its user and X_f whether its item has
    feature f. Then

        I(U; X_f) = Σ_u p(u) KL( p(x_f | u) ‖ p(x_f) ),

    large where tastes part, 0 where everybody has the same share. The few pairs of a user make the plain estimate
    too large, and the more so the rarer a feature is; what chance alone would give is taken off: per user the
    expected deviance of a Poisson count of the same mean, over 2n. So a feature without any news is around 0.

    Source: Cover & Thomas 2006, Elements of Information Theory, eq. 2.28; the correction is in the manner of Vinh,
    Epps & Bailey 2010, Information theoretic measures for clusterings comparison, JMLR 11.

    Raises
    ------
    UnsupportedError
        for data without item features.
    """
    features = _features(data)
    interest = data.histories.interest
    met = csr_array(((interest.data > 0).astype(np.float64), interest.indices, interest.indptr), shape=interest.shape)
    has = csr_array((features.matrix != 0).astype(np.float64))
    counts: CSR = csr_array(met @ has)  # (n_users, n_features) pairs of a user with the feature
    counts.eliminate_zeros()
    of_user = np.asarray(met.sum(axis=1)).ravel()
    total = float(of_user.sum())
    found = np.full(len(features), np.nan)
    judged = np.isin([features.kinds[column] for column in features.columns], JUDGED)
    if total <= 0:
        found[judged] = 0.0
        return found
    share = np.asarray(counts.sum(axis=0)).ravel() / total
    own = np.repeat(of_user, np.diff(counts.indptr))
    column = counts.indices
    with_it = counts.data * np.log(counts.data / (own * share[column]))
    left = own - counts.data
    usual = own * (1.0 - share[column])
    # Where nothing is left, the term is 0: x log x → 0.
    without = left * np.log(np.divide(left, usual, out=np.ones_like(left), where=left > 0.5))
    summed = np.bincount(column, with_it + without, minlength=len(features))
    # A user who has no such item at all contributes n_u log(1 / (1 − q)).
    rest = np.maximum(total - np.bincount(column, own, minlength=len(features)), 0.0)
    summed += rest * -np.log1p(-np.minimum(share, 1.0 - 1e-12))
    chance = _expected(of_user, np.minimum(share, 1.0 - share))
    found[judged] = ((summed - chance) / total)[judged]
    return found


def informative(data: Dataset, n: int) -> BoolArray:
    """(n_features,) the n values (of multi, category and text columns) with the most mutual information, and all else.

    Numbers and dense blocks always stay: they are not there or absent. Ties go to the earlier feature.
    """
    scores = mutual_information(data)
    kept: BoolArray = np.isnan(scores)
    order = np.argsort(-np.where(kept, -np.inf, scores), kind="stable")
    kept[order[: min(n, int((~kept).sum()))]] = True
    return kept


def select_features(data: Dataset, n: int) -> Dataset:
    """The same world with those features only that are :func:`informative`. Use it on training data."""
    features, kept = _features(data), np.flatnonzero(informative(data, n))
    fewer = Features(
        csr_array(features.matrix[:, kept]),
        tuple(features.columns[f] for f in kept),
        tuple(features.values[f] for f in kept),
        features.kinds,
    )
    truth = data.truth
    if truth is not None and truth.likes is not None:
        truth = replace(truth, likes=csr_array(truth.likes[:, kept]))
    return replace(data, catalog=replace(data.catalog, features=fewer), truth=truth)


def _expected(of_user: FloatArray, share: FloatArray) -> FloatArray:
    """(n_features,) Σ_u ½ E[deviance] of counts that come by chance, users of equal many pairs counted together."""
    sizes, users = np.unique(of_user[of_user > 0], return_counts=True)
    grid = np.geomspace(1e-4, 100.0, 200)
    known = _half_deviance(grid)
    out = np.zeros(len(share))
    for size, n in zip(sizes, users, strict=True):  # over the few lengths of histories, not over users
        mean = size * share
        # Beyond the grid the deviance is that of one degree of freedom, below it almost nothing.
        out += n * np.interp(mean, grid, known, left=0.0, right=0.5)
    return out


def _half_deviance(mean: FloatArray) -> FloatArray:
    """E[N log(N / mean)] for Poisson counts N."""
    n = np.arange(1, 301, dtype=np.float64)
    log_factorial = np.cumsum(np.log(n))
    log_p = n * np.log(mean[:, None]) - mean[:, None] - log_factorial
    return cast(FloatArray, (np.exp(log_p) * n * np.log(n / mean[:, None])).sum(axis=1))


def _features(data: Dataset) -> Features:
    if data.catalog.features is None:
        raise UnsupportedError(
            f"the data {data.name!r} have no item features to select from", hint="name feature columns in [data]"
        )
    return data.catalog.features
