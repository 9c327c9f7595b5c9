"""LAPACK in place and without Python's lock, which scipy's own functions hold: other threads go on meanwhile."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np

from whyrec import FloatArray


def invert_in_place(G: FloatArray) -> bool:
    """Put the lower triangle of G⁻¹ into that of G (n, n), C-contiguous float64, symmetric positive definite.

    What stands above the diagonal afterwards means nothing. False if LAPACK finds G not positive definite.
    """
    if G.dtype != np.float64 or not G.flags.c_contiguous or not G.flags.writeable or G.shape != (len(G), len(G)):
        raise ValueError(f"a square C-contiguous float64 matrix was expected; got {G.dtype} {G.shape}")
    n, failed, triangle = ctypes.c_int(len(G)), ctypes.c_int(), ctypes.c_char(b"U")  # U: LAPACK counts by columns
    for name in ("dpotrf", "dpotri"):
        _function(name)(ctypes.byref(triangle), ctypes.byref(n), G.ctypes.data, ctypes.byref(n), ctypes.byref(failed))
        if failed.value:
            return False
    return True


def _function(name: str) -> Callable[..., None]:
    """A function (char *uplo, int *n, double *a, int *lda, int *info) of the LAPACK that scipy brings."""
    from scipy.linalg import cython_lapack

    capsule = cython_lapack.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 5)(address)
