"""Arrays that callers pass, checked: what is wrong is said with what was expected and what was found."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]


def array(name: str, value: Any) -> NDArray[Any]:
    """The value as an array of numbers."""
    try:
        found = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected an array of numbers ({error})") from None
    if found.dtype.kind not in "biufc":
        raise InputError(f"{name}: expected an array of numbers, found {type(value).__name__} of dtype {found.dtype}")
    return found


def _finite(name: str, found: NDArray[Any]) -> None:
    wrong = np.argwhere(~np.isfinite(found))
    if len(wrong):
        index = tuple(int(i) for i in wrong[0])
        where = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise InputError(f"{where} = {found[index]}: expected finite numbers")


def _same_shape(name: str, found: NDArray[Any], shape: Sequence[int | None], meaning: str) -> None:
    fits = found.ndim == len(shape) and all(w is None or w == n for w, n in zip(shape, found.shape))
    if not fits:
        wanted = ", ".join("any" if w is None else str(w) for w in shape)
        raise InputError(f"{name}: expected shape ({wanted}), [{meaning}], found {found.shape}")
    if found.size == 0:
        raise InputError(f"{name}: expected at least one number, found shape {found.shape}")


def complex_array(name: str, value: Any, shape: Sequence[int | None], meaning: str, *, phases: bool = True) -> Complexes:
    """A finite complex array of a shape (``None``: any length), contiguous, copied only if it must be.

    Where ``phases`` matter, real numbers are refused: an array without any has lost them.
    """
    found = array(name, value)
    if phases and found.dtype.kind != "c":
        raise InputError(f"{name}: expected complex numbers, found dtype {found.dtype}; if the phases are zero, pass .astype(complex)")
    _same_shape(name, found, shape, meaning)
    _finite(name, found)
    return np.ascontiguousarray(found, dtype=np.complex128)


def real_array(name: str, value: Any, shape: Sequence[int], meaning: str, *, positive: bool = False) -> Floats:
    """A finite real array, not negative; a single number stands for all."""
    found = array(name, value)
    if found.dtype.kind == "c":
        raise InputError(f"{name}: expected real numbers, found dtype {found.dtype}")
    if found.ndim == 0:
        found = np.full(tuple(shape), found)
    _same_shape(name, found, shape, meaning)
    _finite(name, found)
    wrong = np.argwhere(found <= 0.0 if positive else found < 0.0)
    if len(wrong):
        index = tuple(int(i) for i in wrong[0])
        wanted = "positive numbers" if positive else "numbers that are not negative"
        raise InputError(f"{name}[{', '.join(map(str, index))}] = {found[index]}: expected {wanted}")
    return np.ascontiguousarray(found, dtype=np.float64)


def real_number(name: str, value: Any) -> float:
    """A single finite real number."""
    found = array(name, value)
    if found.ndim or found.dtype.kind == "c":
        raise InputError(f"{name}: expected a real number, found shape {found.shape} of dtype {found.dtype}")
    _finite(name, found)
    return float(found)


def count(name: str, value: Any) -> int:
    """A whole number, zero or above, below 2⁶³."""
    try:
        found = operator.index(value)
    except TypeError:
        raise InputError(f"{name}: expected a whole number, found {value!r}") from None
    if not 0 <= found < 2**63:
        raise InputError(f"{name} = {found}: expected a whole number that is not negative")
    return found


def links(name: str, value: Any) -> list[list[Complexes]]:
    """Vectors ``[user][access point]`` from an array ``(K, M, N)``, an array ``(K, M)`` of vectors, or a list of M arrays
    ``(K, N_m)``.
    """
    if isinstance(value, np.ndarray) and value.dtype == object:
        if value.ndim != 2 or not value.size:
            raise InputError(f"{name}: expected shape (any, any), [user, access point] of vectors, found {value.shape}")
        meaning = "element"
        users = [[complex_array(f"{name}[{k}, {m}]", v, (None,), meaning) for m, v in enumerate(user)] for k, user in enumerate(value)]
    elif isinstance(value, (list, tuple)) and all(isinstance(part, np.ndarray) and part.ndim == 2 for part in value) and value:
        meaning = "user, element"
        parts = [complex_array(f"{name}[{m}]", part, (len(value[0]), None), meaning) for m, part in enumerate(value)]
        users = [[np.ascontiguousarray(part[k]) for part in parts] for k in range(len(parts[0]))]
    else:
        whole = complex_array(name, value, (None, None, None), "user, access point, element")
        users = [list(user) for user in whole]
    sizes = [vector.size for vector in users[0]]
    for k, user in enumerate(users):
        if [vector.size for vector in user] != sizes:
            raise InputError(f"{name}: user {k} has {[v.size for v in user]} elements at the access points, user 0 {sizes}")
    return users


def parts(name: str, value: Any, count: int) -> list[Any]:
    """One thing for each access point."""
    try:
        found = list(value)
    except TypeError:
        raise InputError(f"{name}: expected a list of {count} matrices, found {type(value).__name__}") from None
    if len(found) != count:
        raise InputError(f"{name}: expected {count} matrices, one for each access point, found {len(found)}")
    return found


def samples(name: str, value: Any, elements: Sequence[int]) -> list[Complexes]:
    """For each access point a matrix of elements by slots; an array of matrices will do."""
    each = zip(parts(name, value, len(elements)), elements)
    found = [complex_array(f"{name}[{m}]", part, (n, None), "element, slot") for m, (part, n) in enumerate(each)]
    slots = [part.shape[1] for part in found]
    if len(set(slots)) > 1:
        raise InputError(f"{name}: expected the same number of slots for all access points, found {slots}")
    return found


def covariances(name: str, value: Any, elements: Sequence[int]) -> list[Complexes]:
    """For each access point a square matrix, which may be real."""
    each = zip(parts(name, value, len(elements)), elements)
    return [
        complex_array(f"{name}[{m}]", part, (n, n), "element, element", phases=False) for m, (part, n) in enumerate(each)
    ]


def box(name: str, value: Any, dimension: int) -> tuple[list[float], list[float]] | None:
    """Lower and upper corner of a box, ``None`` if there is none."""
    if value is None:
        return None
    found = array(name, value)
    if found.dtype.kind == "c":
        raise InputError(f"{name}: expected real numbers, found dtype {found.dtype}")
    _same_shape(name, found, (2, dimension), "corner, coordinate")
    _finite(name, found)
    low, high = found.astype(np.float64).tolist()
    if not all(a < b for a, b in zip(low, high)):
        raise InputError(f"{name}: expected the lower corner first, below the upper one along every axis, found {low} and {high}")
    return low, high


def fits_memory(shape: Sequence[int]) -> None:
    """A ``MemoryError`` for more numbers than memory can hold, which would be the end of the process later."""
    if math.prod(shape) > np.iinfo(np.intp).max // 8:
        raise MemoryError(f"Unable to allocate an array of shape {tuple(shape)}")
    np.empty(tuple(shape))
