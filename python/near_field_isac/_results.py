"""What results have in common: how they print, and how they become plain data."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def plain(value: Any) -> Any:
    """The same in dictionaries, lists, numbers and texts; a complex number is ``[real, imaginary]``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def links(vectors: list[list[NDArray[np.complex128]]]) -> NDArray[Any]:
    """Vectors ``[user][access point]`` as one array: of numbers ``[user, access point, element]`` where all have the same
    length, else of vectors ``[user, access point]``. Either way ``[k, m]`` and ``[k][m]`` are the vector of a link.
    """
    lengths = {vector.size for user in vectors for vector in user}
    if len(lengths) == 1:
        return np.array(vectors)
    found: NDArray[Any] = np.empty((len(vectors), len(vectors[0])), dtype=object)
    for k, user in enumerate(vectors):
        for m, vector in enumerate(user):
            found[k, m] = vector
    return found


def number(value: float | None, digits: str = ".6g") -> str:
    """A number for people."""
    return "—" if value is None else format(value, digits)


def numbers(values: Iterable[float]) -> str:
    """Numbers for people."""
    return ", ".join(number(value, ".4g") for value in values)


class Result:
    """A result: prints as a summary, also in notebooks; becomes plain data; can be pickled."""

    def _summary(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain data that ``json`` can write: arrays are nested lists, complex numbers ``[real, imaginary]``."""
        found: dict[str, Any] = plain(self)
        return found

    def __repr__(self) -> str:
        lines = "".join(f"\n  {name}: {value}" for name, value in self._summary())
        return f"{type(self).__name__}:{lines}"

    def _repr_html_(self) -> str:
        def cells(name: str, value: str) -> str:
            return f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"

        rows = "".join(cells(name, value) for name, value in self._summary())
        return f"<table><caption>{html.escape(type(self).__name__)}</caption>{rows}</table>"
