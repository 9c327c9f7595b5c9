"""The array types that cross interfaces: float64 numbers, int64 indices, booleans."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
# scipy ships no type information, so a sparse matrix is an Any with a name.
CSR: TypeAlias = Any
