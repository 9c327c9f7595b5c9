"""Tasks: a fit, a cell, or the figures that need the cells beside; and what comes of one. Plain data, both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from whyrec.store.kept import KeptTold
from whyrec.store.packing import Arrays, pack, unpack

Kind = Literal["fit", "cell", "beside"]


@dataclass(frozen=True)
class Task:
    """One piece of work, see ``kind``.

    Parameters
    ----------
    kind : ``fit``: train a recommender and judge its recommendations. ``cell``: explain, and judge. ``beside``: judge
        explanations by what the other explainers said
    key : of the work
    recommender, model : its id, and the key of the fitted model
    folder, sha256 : where the model is saved (or is to be), and the hash of what lies there
    explainer, players : of a cell
    told, known : keys of the explanations and of the players they speak of
    metrics : (id, key) of each metric asked for
    others : beside: (id, key) of the explanations of the other explainers
    has_told, has_known : whether the store has the explanations (of all users), and the players
    """

    kind: Kind
    key: str
    recommender: str
    model: str
    folder: str | None = None
    sha256: str | None = None
    explainer: str = ""
    players: str = ""
    told: str = ""
    known: str = ""
    metrics: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    has_told: bool = False
    has_known: bool = False

    @property
    def subject(self) -> str:
        """Whose figures they are: a model's, or those of a cell's explanations."""
        return self.model if self.kind == "fit" else self.told

    @property
    def text(self) -> str:
        """For people."""
        if self.kind == "fit":
            return f"fitting {self.recommender}"
        what = f"{self.explainer} on {self.recommender}, players {self.players}"
        return what if self.kind == "cell" else f"{what}, beside the others"


@dataclass
class Outcome:
    """What came of a task. ``figures``: key of a metric → figure → one number a user.

    ``blame`` names the plugin that failed, with its distribution and version. ``retire``: the process that ran it
    should not be used again.
    """

    state: str = "done"
    reason: str | None = None
    traceback: str | None = None
    blame: str | None = None
    retire: bool = False
    fit_seconds: float | None = None
    sha256: str | None = None
    curve: dict[str, list[float]] | None = None
    told: KeptTold | None = None
    figures: dict[str, Arrays] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """For another process: JSON and arrays."""
        arrays = {f"figure/{m}/{name}": a for m, own in self.figures.items() for name, a in own.items()}
        meta = {name: getattr(self, name) for name in _PLAIN}
        meta["figures"] = list(self.figures)
        if (told := self.told) is not None:
            meta["told"] = {n: getattr(told, n) for n in ("whole", "seconds", "model_calls", "meta", "players")}
            arrays |= {f"told/{name}": a for name, a in told.arrays.items()}
        return pack(meta, arrays)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Outcome:
        meta, arrays = unpack(packed)
        out = cls(**{name: meta[name] for name in _PLAIN})
        out.figures = {metric: _under(arrays, f"figure/{metric}/") for metric in meta["figures"]}
        if "told" in meta:
            out.told = KeptTold(**meta["told"], arrays=_under(arrays, "told/"))
        return out


_PLAIN = ("state", "reason", "traceback", "blame", "retire", "fit_seconds", "sha256", "curve")


def _under(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
