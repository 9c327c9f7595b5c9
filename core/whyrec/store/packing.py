"""Packing: JSON and arrays as one piece of bytes (safetensors, its header holding the JSON), and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = dict[str, "np.ndarray[Any, Any]"]


def pack(meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    packed: bytes = save(whole, metadata={"json": json.dumps(meta)})
    return packed


def unpack(packed: bytes) -> tuple[dict[str, Any], Arrays]:
    """The JSON and the arrays; raises ValueError for bytes that are none of ours."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: Arrays = load(packed)
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    header = json.loads(packed[8 : 8 + int.from_bytes(packed[:8], "little")])
    return json.loads(header["__metadata__"]["json"]), arrays


def squeeze(value: Any) -> bytes:
    """JSON, compressed."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)


def unsqueeze(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
