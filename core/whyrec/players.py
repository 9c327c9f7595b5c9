"""Players: the parts of the input that an explanation speaks about, and what hiding each one hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from whyrec.catalog import Catalog
from whyrec.dataset import Dataset
from whyrec.errors import UnsupportedError, suggest
from whyrec.histories import Histories
from whyrec.types import CSR, BoolArray, IntArray

PlayerKind = Literal["history", "interests", "features"]
PLAYER_KINDS: tuple[PlayerKind, ...] = ("history", "interests", "features")
OTHER = "(other)"
"""The player of items that have no value of the column that interests are grouped by."""


@dataclass(frozen=True, eq=False)
class Players:
    """The players of one game.

    Parameters
    ----------
    kind : ``history``, ``interests`` or ``features``
    ids, labels : (n_players,) external ids, and what a person reads
    membership : (n_players, n_parts) CSR of ones; a part is an event of the history, or for ``features``
        a feature of the item. A part is hidden as soon as one of its players is absent; a part without
        players is always present.
    by : for ``interests``, what they are grouped by
    parts : (n_players,) for ``features`` the feature index (of a block its first), for ``interests`` by a column
        the feature index of the group (−1: the rest), for ``history`` the item index, for behaviours the code
    behaviors : (n_players,) for ``history``, the behavior of each item's event that weighs most; None without behaviors
    """

    kind: PlayerKind
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    membership: CSR
    parts: IntArray
    by: str | None = None
    behaviors: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def present(self, coalitions: BoolArray) -> BoolArray:
        """(m, n_players) → (m, n_parts): which parts remain."""
        hidden: BoolArray = (~coalitions).astype(np.float64) @ self.membership > 0.5
        return ~hidden


def history_players(history: Histories, catalog: Catalog, language: str = "") -> Players:
    """One player for each item of a single history, in the order of ``interest.indices``; titles in that language."""
    items = history.interest.indices.astype(np.int64)
    n = history.n_events
    membership = csr_array((np.ones(n), (history.entry_of_event, np.arange(n))), shape=(len(items), n))
    return Players(
        "history",
        tuple(catalog.items[i] for i in items),
        tuple(catalog.title(i, language) for i in items),
        membership,
        items,
        behaviors=_main_behaviors(history),
    )


def _main_behaviors(history: Histories) -> tuple[str, ...] | None:
    """For each entry of a single history the behavior of the event that weighs most; ties: the latest one."""
    if history.behaviors is None or not history.behavior_names:
        return None
    strongest = np.empty(history.interest.nnz, np.int64)
    order = np.argsort(np.abs(history.weights), kind="stable")
    strongest[history.entry_of_event[order]] = history.behaviors[order]  # the last one written stays
    return tuple(history.behavior_names[b] for b in strongest.tolist())


def interest_players(history: Histories, data: Dataset, by: str | None = None) -> Players:
    """One player for each value of a feature column (or each behaviour) that occurs in a single history.

    An event whose item carries several values belongs to all of them, and is hidden when any of them is:
    hiding Comedy hides every comedy. Items without a value form the player ``(other)``.
    Raises UnsupportedError if the data cannot be grouped so.
    """
    by = by or data.interest_by or next(iter(data.groupings()), None)
    if by is None or by not in data.groupings():
        raise UnsupportedError(
            f"players 'interests' cannot be grouped by {by!r}" if by else "there is nothing to group interests by",
            hint=suggest(by or "", data.groupings(), what="groupings of these data"),
        )
    n = history.n_events
    if by == "behavior" and history.behaviors is not None:
        codes, owner = np.unique(history.behaviors, return_inverse=True)
        names = tuple(history.behavior_names[c] for c in codes)
        members = csr_array((np.ones(n), (owner, np.arange(n))), shape=(len(codes), n))
        return Players("interests", names, names, members, codes.astype(np.int64), by)
    features = data.catalog.features
    if features is None:  # groupings() offers a column only where there are features
        raise UnsupportedError(f"players 'interests' cannot be grouped by {by!r}: the items have no features")
    column = features.of_column(by)
    carried = csr_array(features.matrix[:, column][history.items] != 0, dtype=np.float64).T.tocsr()
    rest = np.asarray(carried.sum(axis=0)).ravel() < 0.5
    used = np.flatnonzero(np.diff(carried.indptr))
    names = tuple(features.values[column[u]] for u in used)
    parts = column[used]
    members = carried[used]
    if rest.any():
        other = csr_array((np.ones(rest.sum()), (np.zeros(rest.sum(), int), np.flatnonzero(rest))), shape=(1, n))
        blocks = np.concatenate([members.toarray(), other.toarray()]) if len(used) else other.toarray()
        members, names, parts = csr_array(blocks), (*names, OTHER), np.append(parts, -1)
    return Players("interests", names, names, members, parts.astype(np.int64), by)


def feature_players(catalog: Catalog, item: int) -> Players:
    """One player for each feature that an item has; a number or a dense block is one, see ``Features.blocks``.

    Raises UnsupportedError if the items have no features.
    """
    features = catalog.features
    if features is None:
        raise UnsupportedError("players 'features' need item features, and these data have none")
    row = features.matrix[[item]]
    own = row.indices[row.data != 0].astype(np.int64)
    own.sort()
    heads, player = np.unique(features.blocks[own], return_inverse=True)
    members = csr_array((np.ones(len(own)), (player, own)), shape=(len(heads), len(features)))
    labels = tuple(features.block_label(f) for f in heads)
    return Players("features", labels, labels, members, heads)


def unavailable(data: Dataset, kind: PlayerKind, by: str | None = None) -> str | None:
    """Why a kind of player cannot be had on these data, or None."""
    if kind == "features" and data.catalog.features is None:
        return "players 'features' need item features, and these data have none"
    if kind == "interests":
        known = data.groupings()
        if not known:
            return "players 'interests' need item features or behaviors, and these data have neither"
        if by is not None and by not in known:
            return f"interests cannot be grouped by {by!r} here; known: {', '.join(known)}"
    return None
