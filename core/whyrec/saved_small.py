"""Smaller models: the matrices of a fitted model in half precision or in whole numbers from −127 to 127."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from whyrec.errors import UnsupportedError, suggest

if TYPE_CHECKING:
    from whyrec.recommender import Recommender

Small: TypeAlias = Literal["float16", "int8"]

_STEPS = 127
_AnyArray: TypeAlias = "np.ndarray[Any, Any]"


def quantized(model: Recommender, dtype: Small) -> Recommender:
    """A copy of a fitted model that has the weights which a model saved with ``dtype`` has once it is loaded.

    Matrices of real numbers become ``float16``, or ``int8`` with one scale for each of their rows or columns, whichever
    are the shorter (an embedding table: for each item; a dense layer with many outputs: for each output), and then
    float again; the model scores with these. All else stays as it is: vectors such as biases, and whole numbers.

    Raises
    ------
    UnsupportedError
        for another dtype, a class that declares no ``state``, or numbers too large for float16.
    """
    from whyrec.saved_state import Packer, Unpacker
    from whyrec.settings import build

    check_small(dtype)
    data, seed = model.fitted_with()
    packer = Packer(dtype)
    state = packer.pack_model(model)
    copy: Recommender = build(type(model), model.settings())
    Unpacker(packer.arrays, data).fill(copy, state, seed)
    return copy


def check_small(dtype: str) -> None:
    """Raises UnsupportedError for what is neither."""
    if dtype not in get_args(Small):
        raise UnsupportedError(
            f"weights cannot be kept as {dtype!r}", hint=suggest(dtype, get_args(Small), what="dtypes")
        )


def shrinks(array: _AnyArray) -> bool:
    """Whether an array is one of those that are kept smaller: a matrix, or more, of real numbers."""
    return array.dtype.kind == "f" and array.dtype.itemsize > 2 and array.ndim > 1 and array.size > 0


def shrunk(array: _AnyArray, dtype: Small, at: str) -> tuple[_AnyArray, _AnyArray | None]:
    """The array as it is kept, and for int8 the float32 scales by which it is multiplied, broadcast to its shape."""
    if dtype == "float16":
        largest, end = float(np.abs(array).max()), float(np.finfo(np.float16).max)
        if largest > end:
            raise UnsupportedError(
                f"state {at!r} holds {largest:g}, and float16 ends at {end:g}", hint="keep it as int8"
            )
        return array.astype(np.float16), None
    # Vectors along the shorter of the last two axes share a scale: the more scales, the finer the steps.
    axis = -1 if array.shape[-1] <= array.shape[-2] else -2
    scales = (np.abs(array).max(axis=axis, keepdims=True) / _STEPS).astype(np.float32)
    scales = np.where(scales > 0, scales, np.float32(1.0))
    return np.clip(np.rint(array / scales), -_STEPS, _STEPS).astype(np.int8), scales


def grown(kept: _AnyArray, scales: _AnyArray | None, dtype: str) -> _AnyArray:
    """The float array that was shrunk, up to rounding. Raises ValueError if it has no such form."""
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{dtype!r} is no dtype of weights")
    if kept.dtype != (np.float16 if scales is None else np.int8):
        raise ValueError(f"an array of {kept.dtype} stands where smaller weights should be")
    found = kept.astype(dtype)
    if scales is not None:
        if scales.ndim != kept.ndim or any(s not in (1, n) for s, n in zip(scales.shape, kept.shape, strict=True)):
            raise ValueError(f"scales of shape {scales.shape} do not fit {kept.shape}")
        with np.errstate(over="ignore"):  # checked below
            found *= scales
    if not np.isfinite(found).all():
        raise ValueError("weights times scales are not finite")
    return found
