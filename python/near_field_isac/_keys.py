"""Keys of a scenario by dotted paths: ``power.sensing_dbm``, ``user[0].position_m``."""

from __future__ import annotations

import re
from typing import Any

from .errors import InputError

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def steps(path: str) -> list[str | int]:
    """The keys and indices that a path consists of."""
    written = path.replace("[", ".[").lstrip(".")
    found: list[str | int] = []
    for part in written.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise InputError(f"{path!r} is no path of a key; expected one such as 'power.sensing_dbm' or 'user[0].position_m'")
        found.append(match[2] if match[1] is None else int(match[1]))
    return found


def put(keys: dict[str, Any], path: str, value: Any) -> None:
    """Gives a key another value, in place. Tables that are missing are added; lists have the length that they have."""
    *way, last = steps(path)
    place: Any = keys
    for step in way:
        place = place.setdefault(step, {}) if isinstance(place, dict) and isinstance(step, str) else _entry(place, step, path)
    if isinstance(place, dict) and isinstance(last, str):
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    else:
        _entry(place, last, path)
        place[last] = value


def _entry(place: Any, step: str | int, path: str) -> Any:
    if isinstance(place, list) and isinstance(step, int):
        if step < len(place):
            return place[step]
        raise InputError(f"{path}: there are {len(place)} entries, counted from 0, and no {step}")
    kind = "a list" if isinstance(place, list) else "a table" if isinstance(place, dict) else f"{place!r}"
    wanted = "an index such as [0]" if isinstance(place, list) else "a key"
    raise InputError(f"{path}: {step!r} leads into {kind}, which takes {wanted if isinstance(place, (list, dict)) else 'neither key nor index'}")
