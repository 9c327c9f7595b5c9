"""What a model has learnt, as plain JSON and arrays, and back again. A file names nothing that could run.

An attribute that a class lists in ``state`` is None, a bool, an int, a float, a text, a numpy array, a scipy csr_array,
a tuple, list or dict of such, a frozen dataclass of such, or a recommender that the settings alone make (or a list of
them): then only what that one has learnt is kept, and given back to the one that the settings make.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from whyrec.errors import DataError, PluginError, UnsupportedError, WhyrecError
from whyrec.saved_arrays import Arrays, storable
from whyrec.saved_small import Small, grown, shrinks, shrunk

if TYPE_CHECKING:
    from whyrec.dataset import Dataset
    from whyrec.recommender import Recommender

Node: TypeAlias = Any
"""JSON: a scalar stands for itself; anything else is an object with one of the keys below."""


def declared(model: Recommender) -> tuple[str, ...]:
    """The attributes that a class says it learns. Raises UnsupportedError if it says nothing."""
    if model.state is None:
        raise UnsupportedError(
            f"{model.name} cannot be saved: its class does not say what it learns",
            hint=f'name the attributes that _fit sets: state = ("_weights", …) in {type(model).__name__}',
            code="WR-F004",
        )
    return model.state


class Packer:
    """Turns state into JSON nodes; arrays go into ``arrays``, each object once; matrices as ``dtype``, if given."""

    def __init__(self, dtype: Small | None = None) -> None:
        self.dtype = dtype
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}
        self._names: dict[int, str] = {}

    def pack_model(self, model: Recommender, at: str = "") -> dict[str, Node]:
        """The state of a fitted model. Raises PluginError for what cannot be kept as data."""
        missing = [name for name in declared(model) if not hasattr(model, name)]
        if missing:
            raise PluginError(
                f"{model.name} lists {missing[0]!r} in its state, but fit() did not set it", code="WR-F004"
            )
        known = _dataclasses(type(model))
        return {name: self._pack(getattr(model, name), known, f"{at}{name}") for name in declared(model)}

    def _pack(self, value: Any, known: Mapping[str, type], at: str) -> Node:
        from whyrec.recommender import Recommender

        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not np.isfinite(value):
            raise PluginError(f"state {at!r} is {value}; only finite numbers can be saved", code="WR-F004")
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, np.ndarray):
            return self._array(value, at)
        if isinstance(value, csr_array):
            parts = {part: self._array(getattr(value, part), f"{at}.{part}") for part in _CSR}
            return {"csr": parts, "shape": [int(n) for n in value.shape]}
        if isinstance(value, Recommender):
            return {"model": value.name, "seed": value.fitted_with()[1], "state": self.pack_model(value, f"{at}.")}
        if type(value) in (list, tuple):
            return {type(value).__name__: [self._pack(v, known, f"{at}.{i}") for i, v in enumerate(value)]}
        if isinstance(value, Mapping):
            pairs = [[self._pack(k, known, at), self._pack(v, known, f"{at}.{k}")] for k, v in value.items()]
            return {"dict": pairs}
        if is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value, known, at)
        raise PluginError(
            f"state {at!r} is a {type(value).__name__}; only arrays and plain values can be saved", code="WR-F004"
        )

    def _dataclass(self, value: Any, known: Mapping[str, type], at: str) -> Node:
        cls = type(value)
        if known.get(cls.__qualname__) is not cls:
            raise PluginError(
                f"state {at!r} is a {cls.__qualname__}, which is no frozen dataclass that its owner's module imports",
                code="WR-F004",
            )
        inner = _dataclasses(cls)
        own = (f.name for f in fields(value) if f.init)
        return {
            "dataclass": cls.__qualname__,
            "fields": {name: self._pack(getattr(value, name), inner, f"{at}.{name}") for name in own},
        }

    def _array(self, array: np.ndarray[Any, Any], at: str) -> Node:
        if not storable(array):
            raise PluginError(f"state {at!r} is an array of {array.dtype}; only numbers can be saved", code="WR-F004")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise PluginError(f"state {at!r} holds numbers that are not finite", code="WR-F004")
        # Order in memory decides the last digits of a matrix product, so it is kept.
        turned = array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous
        if id(array) not in self._names:
            self._names[id(array)] = at
            self._keep(array.T if turned else array, at)
        name = self._names[id(array)]
        node = {"array": name, "order": "F" if turned else "C"}
        if self.arrays[name].dtype != array.dtype:
            node["as"] = array.dtype.name
        return node

    def _keep(self, array: np.ndarray[Any, Any], at: str) -> None:
        if self.dtype is None or not shrinks(array):
            self.arrays[at] = array
            return
        self.arrays[at], scales = shrunk(array, self.dtype, at)
        if scales is not None:
            self.arrays[at + _SCALES] = scales


_CSR = ("data", "indices", "indptr")
_SCALES = " scales"
_ROOTS = ("builtins", "abc", "whyrec.plugin", "whyrec.recommender")


class Unpacker:
    """Turns nodes back into state. The dataclasses it makes are those that the model's own modules know."""

    def __init__(self, arrays: Arrays, data: Dataset) -> None:
        self.arrays, self.data = arrays, data

    def fill(self, model: Recommender, state: Any, seed: int) -> None:
        """Give a model made from its settings what it had learnt; it is fitted then.

        Raises DataError for state of another shape than the class says.
        """
        if not isinstance(state, dict) or set(state) != set(declared(model)):
            found = ", ".join(map(repr, state)) if isinstance(state, dict) else repr(state)
            raise DataError(
                f"{model.name} learns {', '.join(map(repr, declared(model)))}; the file holds {found}", code="WR-F001"
            )
        known = _dataclasses(type(model))
        for name, node in state.items():
            try:
                if _holds_models(node):
                    self._models(node, getattr(model, name))
                else:
                    setattr(model, name, self._unpack(node, known))
            except (WhyrecError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001  the state is a stranger's, and a dataclass may check its fields
                raise DataError(
                    f"state {name!r} of {model.name} is not what it has: {type(error).__name__}: {error}"[:300],
                    code="WR-F001",
                ) from None
        model.mark_fitted(self.data, seed)

    def _unpack(self, node: Node, known: Mapping[str, type]) -> Any:
        if node is None or isinstance(node, bool | int | float | str):
            return node
        if "array" in node:
            array = self.arrays[node["array"]]
            if "as" in node:
                array = grown(array, self.arrays.get(node["array"] + _SCALES), node["as"])
            return array.T if node["order"] == "F" else array
        if "csr" in node:
            made = csr_array(tuple(self._unpack(node["csr"][p], known) for p in _CSR), shape=tuple(node["shape"]))
            made.check_format(full_check=True)  # an index outside would read foreign memory
            return made
        if "list" in node:
            return [self._unpack(n, known) for n in node["list"]]
        if "tuple" in node:
            return tuple(self._unpack(n, known) for n in node["tuple"])
        if "dict" in node:
            return {self._unpack(k, known): self._unpack(v, known) for k, v in node["dict"]}
        cls = known[node["dataclass"]]
        inner = _dataclasses(cls)
        return cls(**{name: self._unpack(n, inner) for name, n in node["fields"].items()})

    def _models(self, node: Node, made: Any) -> None:
        """Fill the models that the settings made."""
        one = "model" in node
        nodes, models = ([node], [made]) if one else (next(iter(node.values())), made)
        for saved, model in zip(nodes, models, strict=True):
            if saved["model"] != model.name:
                raise ValueError(f"{saved['model']!r} stands where the settings make {model.name!r}")
            self.fill(model, saved["state"], int(saved["seed"]))


def _holds_models(node: Node) -> bool:
    if not isinstance(node, dict):
        return False
    inside = node.get("list") or node.get("tuple") or ()
    return "model" in node or any(isinstance(n, dict) and "model" in n for n in inside)


def _dataclasses(cls: type) -> dict[str, type]:
    """The frozen dataclasses, by name, in the modules of a class and its bases: the only ones a file can ask for."""
    found: dict[str, type] = {}
    for module in dict.fromkeys(c.__module__ for c in cls.__mro__):
        if module in _ROOTS:
            continue
        for value in vars(sys.modules[module]).values():
            if isinstance(value, type) and is_dataclass(value) and value.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has them
                found.setdefault(value.__qualname__, value)
    return found
