"""Bounds on positions, and echoes to try them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _arrays, _native
from ._results import Result, number, numbers
from .errors import InputError
from .results import Complexes, Floats
from .scenario import Scenario


@dataclass(frozen=True, repr=False, eq=False)
class PositionBound(Result):
    """Cramér–Rao bound of the positions of K users with D coordinates: no unbiased estimate from as many echoes does better."""

    covariance_m2: Floats
    """Smallest error covariance of all positions, m², shape ``(K D, K D)``; user by user, coordinate by coordinate."""
    user_crlb_m2: Floats
    """Smallest mean squared distance error of each user, m², shape ``(K,)``."""
    semi_axes_m: Floats
    """Semi-axes of each user's error ellipse (ellipsoid) at one standard deviation, ascending, m, shape ``(K, D)``."""
    directions: Floats
    """Directions of these axes, of length one (no unit), shape ``(K, D, D)``: ``directions[k, i]`` belongs to ``semi_axes_m[k, i]``."""

    @property
    def crlb_m2(self) -> float:
        """Smallest sum of all users' mean squared errors, m²."""
        return float(np.trace(self.covariance_m2))

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("root mean squared error of each user, at least", f"{numbers(self.user_crlb_m2**0.5)} m"),
            ("of all together", f"{number(self.crlb_m2**0.5)} m"),
        ]


@dataclass(frozen=True, repr=False, eq=False)
class Echoes(Result):
    """What M access points with N_m elements receive in τ slots, and what they had sent."""

    received: list[Complexes]
    """Y_l, sqrt(W): M matrices of shape ``(N_l, τ)``."""
    waveform: list[Complexes]
    """S_m, sqrt(W): M matrices of shape ``(N_m, τ)``."""

    def _summary(self) -> list[tuple[str, str]]:
        return [("received", ", ".join(str(y.shape) for y in self.received))]


def _signal(scenario: Scenario, covariances: Any) -> dict[str, Any]:
    if covariances is None or (isinstance(covariances, str) and covariances == "isotropic"):
        return {"isotropic": covariances is not None, "covariances": None}
    if isinstance(covariances, str):
        raise InputError(f"covariances: expected 'isotropic', None or matrices, found {covariances!r}")
    sizes = [len(elements) for elements in scenario.elements_m]
    return {"isotropic": False, "covariances": _arrays.covariances("covariances", covariances, sizes)}


def crlb(scenario: Scenario, covariances: Any = None, *, slots: float | None = None) -> PositionBound:
    """The Cramér–Rao bound (m²) of the scenario's users under sensing covariances Ψ_m (W).

    ``covariances``: M Hermitian matrices ``(N_m, N_m)`` in W; ``None`` for the best ones, ``"isotropic"`` for
    the same power in all directions. ``slots``: number of sensing slots, by default those of a whole frame.
    Raises :class:`NoSolutionError` where positions cannot be identified.
    """
    number_of = None if slots is None else _arrays.real_number("slots", slots)
    said = _native.crlb(scenario._handle, **_signal(scenario, covariances), slots=number_of)
    return PositionBound(
        covariance_m2=said["covariance_m2"],
        user_crlb_m2=np.array(said["user_crlb_m2"]),
        semi_axes_m=np.array(said["semi_axes_m"]),
        directions=np.array(said["directions"]),
    )


def simulate_echoes(scenario: Scenario, *, slots: int = 100, seed: int = 1, covariances: Any = None) -> Echoes:
    """Echoes of the scenario in so many sensing slots, and the waveform behind them, both in sqrt(W).

    ``covariances`` (W) is as for :func:`crlb`. The same seed gives the same numbers on every machine.
    """
    slots, seed = _arrays.count("slots", slots), _arrays.count("seed", seed)
    for elements in scenario.elements_m:
        _arrays.fits_memory((len(elements), 2 * slots))
    said = _native.simulate_echoes(scenario._handle, **_signal(scenario, covariances), slots=slots, seed=seed)
    return Echoes(**said)
