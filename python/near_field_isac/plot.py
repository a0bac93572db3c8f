"""Pictures with matplotlib, which is asked for only when one is drawn. Lengths in m; scenarios in the plane.

Every function draws into the axes ``ax``, or into new ones, and returns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import InputError
from .localisation import Spectrum
from .results import Design
from .scenario import Scenario
from .sensing import PositionBound


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install matplotlib") from error
    return pyplot.subplots()[1]


def _in_plane(what: str, dimension: int) -> None:
    if dimension != 2:
        raise InputError(f"{what}: pictures are of the plane, found {dimension} dimensions")


def scene(scenario: Scenario, ax: Any = None) -> Any:
    """Arrays and users, m. Arrays of less than a hundredth of the scene are drawn as their place."""
    _in_plane("scenario", scenario.dimension)
    ax = _axes(ax)
    for m, (at, elements) in enumerate(zip(scenario.access_points_m, scenario.elements_m)):
        ax.plot(*elements.T, color="C0", linewidth=3, solid_capstyle="butt")
        ax.plot(*at, "s", color="C0", label="access points" if m == 0 else None)
        ax.annotate(f" {m}", at)
    ax.plot(*scenario.users_m.T, "o", color="C1", label="users")
    for k, at in enumerate(scenario.users_m):
        ax.annotate(f" {k}", at)
    ax.set(xlabel="x (m)", ylabel="y (m)", aspect="equal")
    ax.legend()
    return ax


def spectrum(found: Spectrum, ax: Any = None, *, ceiling_db: float | None = None) -> Any:
    """A pseudo-spectrum (dB) over the plane (m), in colours up to ``ceiling_db``: by default what one point of a thousand exceeds,
    since peaks are tens of dB above everything and narrower than a pixel.
    """
    _in_plane("spectrum", found.level_db.ndim)
    ax = _axes(ax)
    top = float(np.quantile(found.level_db, 0.999)) if ceiling_db is None else ceiling_db
    x, y = found.axes_m
    image = ax.pcolormesh(x, y, found.level_db.T, vmax=top, shading="nearest", rasterized=True)
    ax.figure.colorbar(image, ax=ax, label="dB", extend="max")
    ax.set(xlabel="x (m)", ylabel="y (m)", aspect="equal")
    return ax


def ellipses(scenario: Scenario, bound: PositionBound, ax: Any = None, *, magnify: float = 1.0) -> Any:
    """Error ellipses (m) of the users at one standard deviation, magnified so many times: they are microns where arrays are metres."""
    _in_plane("scenario", scenario.dimension)
    ax = _axes(ax)
    angle = np.linspace(0.0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    for k, at in enumerate(scenario.users_m):
        scaled = magnify * bound.semi_axes_m[k][:, None] * bound.directions[k]
        ax.plot(*(at[:, None] + scaled.T @ circle), color="C1")
    times = "" if magnify == 1.0 else f", {magnify:g} times as large"
    ax.set(xlabel="x (m)", ylabel="y (m)", aspect="equal", title=f"one standard deviation{times}")
    return ax


def rates(designs: Mapping[str, Design], ax: Any = None) -> Any:
    """Certified worst-case rates (bit/s/Hz) of designs by name, with their upper bounds where there are any."""
    ax = _axes(ax)
    names = list(designs)
    ax.bar(names, [designs[name].rate for name in names], label="certified")
    bounds = [designs[name].rate_upper_bound for name in names]
    known = [(name, bound) for name, bound in zip(names, bounds) if bound is not None]
    if known:
        ax.plot(*zip(*known), "_", color="black", markersize=20, label="upper bound at the same η")
    ax.set(ylabel="rate (bit/s/Hz)")
    ax.legend()
    return ax
