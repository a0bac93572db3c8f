"""From echoes to positions: the pseudo-spectrum of MUSIC, maximum likelihood, detection.

Echoes are matrices ``Y_l`` of shape ``(N_l, τ)``, one for each access point, simulated or one's own; the waveform likewise.
Of the scenario the access points are used, and where users are looked for: not where they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _arrays, _native
from ._results import Result, number, numbers
from .errors import InputError
from .results import Complexes, Floats
from .scenario import Scenario


@dataclass(frozen=True, repr=False, eq=False)
class Spectrum(Result):
    """A pseudo-spectrum of MUSIC on a grid with D axes."""

    level_db: Floats
    """``P = ‖v‖² / (‖v‖² - ‖U_s^H v‖²)`` in dB, shape ``(n_1, .., n_D)``: ``level_db[i, j]`` is at ``(axes_m[0][i], axes_m[1][j])``."""
    axes_m: list[Floats]
    """Coordinates of the grid's points along each axis, m: D arrays."""

    def highest_m(self) -> Floats:
        """Position of the grid's highest point, m, shape ``(D,)``."""
        index = np.unravel_index(int(np.argmax(self.level_db)), self.level_db.shape)
        return np.array([axis[i] for axis, i in zip(self.axes_m, index)])

    def _summary(self) -> list[tuple[str, str]]:
        shape = " × ".join(str(n) for n in self.level_db.shape)
        return [("grid", shape), ("highest", f"{number(float(self.level_db.max()))} dB at {numbers(self.highest_m())} m")]


@dataclass(frozen=True, repr=False, eq=False)
class Located(Result):
    """Peaks of MUSIC and the most likely positions near them: fewer than asked for, where there are fewer peaks."""

    positions_m: Floats
    """Most likely positions, m, shape ``(K, D)``, in the order of the peaks."""
    covariance_m2: Floats
    """Covariance of these positions under the noise found, m², shape ``(K D, K D)``."""
    noise_w: float | None
    """Noise power per element and slot, from the residual, W; ``None`` without peaks."""
    peaks_m: Floats
    """Peaks of MUSIC, the highest first, m, shape ``(K, D)``."""
    peaks_db: Floats
    """Their levels, dB, shape ``(K,)``."""
    outcome: str
    """Why the refinement ended: ``converged``, ``no-decrease`` (a minimum to rounding), ``iteration-limit``, or ``no-peak``."""

    def _summary(self) -> list[tuple[str, str]]:
        places = "; ".join(numbers(at) for at in self.positions_m)
        return [("positions", f"{places} m"), ("refinement", self.outcome)]


@dataclass(frozen=True, repr=False, eq=False)
class DetectedUser(Result):
    """A position, how well it is known, and what is claimed of it."""

    position_m: Floats | None
    """Most likely position, m, shape ``(D,)``; ``None`` for a user that was not found."""
    covariance_m2: Floats | None
    """Covariance of the position, m², shape ``(D, D)``; withheld where it would be that of nothing."""
    verdict: str
    """``found``, ``doubtful`` or ``not-found``."""
    reason: str
    """Why no more is claimed; empty for ``found``."""
    likelihood_ratio: float
    """Twice the difference of the log-likelihoods with and without this user. No unit."""

    @property
    def deviation_m(self) -> float | None:
        """Root of the covariance's trace, m."""
        return None if self.covariance_m2 is None else math.sqrt(np.trace(self.covariance_m2))

    def _summary(self) -> list[tuple[str, str]]:
        place = "—" if self.position_m is None else f"{numbers(self.position_m)} m"
        return [("verdict", self.verdict), ("position", place), ("deviation", f"{number(self.deviation_m)} m"), ("reason", self.reason)]


@dataclass(frozen=True, repr=False, eq=False)
class Detection(Result):
    """All that was found in a frame."""

    users: list[DetectedUser]
    """Users, the strongest echo first; after them those of a given number that were not found."""
    noise_w: float
    """Noise power per element and slot, from the residual, W."""
    noise_over_known: float | None
    """The same over the known one; ``None`` if it was to be estimated. No unit."""
    fit_p_value: float
    """Probability of a residual as large or as structured as this if users and noise are all there is. No unit."""
    threshold: float
    """Likelihood ratio that one more user would have to exceed. No unit."""
    better_convention: str | None
    """``conjugate`` or ``reciprocal``, where that fits the echoes much better than the scenario's convention."""

    @property
    def positions_m(self) -> Floats:
        """Positions of the users that have one, m, shape ``(number, D)``, whatever the verdict."""
        return np.array([user.position_m for user in self.users if user.position_m is not None])

    def _summary(self) -> list[tuple[str, str]]:
        def one(user: DetectedUser) -> str:
            place = "" if user.position_m is None else f" at {numbers(user.position_m)} m"
            return f"{user.verdict}{place}" + (f" ({user.reason})" if user.reason else "")

        rows = [(f"user {k}", one(user)) for k, user in enumerate(self.users)]
        return [*rows, ("fit", f"p = {number(self.fit_p_value)}")]


def _samples(scenario: Scenario, name: str, value: Any) -> list[Complexes]:
    return _arrays.samples(name, value, [len(elements) for elements in scenario.elements_m])


def music(
    scenario: Scenario,
    received: Any,
    *,
    box_m: Any = None,
    step_m: float = 0.5,
    users: int | str | None = None,
    variant: str = "per-access-point",
) -> Spectrum:
    """The pseudo-spectrum (dB) of MUSIC on a grid.

    ``received``: echoes, sqrt(W), M matrices ``(N_l, τ)``. ``box_m``: lower and upper corner of the grid, m, shape ``(2, D)``, by
    default where the scenario has users looked for. ``step_m``: largest distance of neighbouring points along an axis, m.
    ``users``: number of users, by default the scenario's, or a criterion that estimates it (``"mdl"``, ``"akaike"``).
    ``variant``: how receivers are combined, ``"per-access-point"``, ``"stacked-km"`` or ``"stacked-k"``.
    """
    samples, corners = _samples(scenario, "received", received), _arrays.box("box_m", box_m, scenario.dimension)
    step = _arrays.real_number("step_m", step_m)
    number_of = len(scenario.users_m) if users is None else users
    if not isinstance(number_of, str):
        number_of = _arrays.count("users", number_of)
    grid = _native.grid_axes(scenario._handle, corners, step)
    shape = tuple(count for _, _, count in grid)
    _arrays.fits_memory(shape)
    levels = _native.music(scenario._handle, samples, box_m=corners, step_m=step, users=number_of, variant=variant)
    axes: list[Floats] = [low + step * np.arange(count, dtype=np.float64) for low, step, count in grid]
    return Spectrum(level_db=levels.reshape(shape, order="F"), axes_m=axes)


def localise(
    scenario: Scenario,
    received: Any,
    waveform: Any,
    *,
    box_m: Any = None,
    step_m: float = 0.5,
    users: int | None = None,
    min_separation_m: float = 0.5,
    variant: str = "per-access-point",
) -> Located:
    """The highest peaks of MUSIC, refined to the most likely positions (m) with their covariance (m²).

    ``received`` and ``waveform``: sqrt(W), M matrices ``(N_m, τ)`` each. The other arguments are those of :func:`music`; of two peaks
    closer than ``min_separation_m`` the higher one counts. Nothing asks whether there is a user at all: :func:`detect` does.
    """
    found = _native.localise(
        scenario._handle,
        _samples(scenario, "received", received),
        _samples(scenario, "waveform", waveform),
        box_m=_arrays.box("box_m", box_m, scenario.dimension),
        step_m=_arrays.real_number("step_m", step_m),
        users=len(scenario.users_m) if users is None else _arrays.count("users", users),
        min_separation_m=_arrays.real_number("min_separation_m", min_separation_m),
        variant=variant,
    )

    def places(key: str) -> Floats:
        return np.array(found[key], dtype=np.float64).reshape(len(found[key]), scenario.dimension)

    return Located(
        positions_m=places("positions_m"),
        covariance_m2=found["covariance_m2"],
        noise_w=found["noise_w"],
        peaks_m=places("peaks_m"),
        peaks_db=np.array(found["peaks_db"]),
        outcome=found["outcome"],
    )


def detect(
    scenario: Scenario,
    received: Any,
    waveform: Any,
    *,
    box_m: Any = None,
    users: int | None = None,
    at_most: int = 16,
    noise_w: float | str | None = None,
    false_alarm: float = 0.05,
    misfit_alarm: float = 1e-3,
) -> Detection:
    """Which users there are, where (m), and what may be claimed of each.

    ``received`` and ``waveform``: sqrt(W), M matrices ``(N_m, τ)`` each. ``box_m``: lower and upper corner of the region, m, shape
    ``(2, D)``, by default the scenario's. ``users``: how many there are; ``None`` for as many as stand out, ``at_most`` so many.
    ``noise_w``: noise power per element and slot, W, by default the scenario's; ``"estimated"`` if it is not known.
    ``false_alarm``: probability that noise alone yields a user; ``misfit_alarm``: that users who are all there is are doubted.
    """
    estimate = isinstance(noise_w, str)
    if estimate and noise_w != "estimated":
        raise InputError(f"noise_w: expected a number or 'estimated', found {noise_w!r}")
    said = _native.detect(
        scenario._handle,
        _samples(scenario, "received", received),
        _samples(scenario, "waveform", waveform),
        box_m=_arrays.box("box_m", box_m, scenario.dimension),
        users=None if users is None else _arrays.count("users", users),
        at_most=_arrays.count("at_most", at_most),
        noise_w=None if estimate or noise_w is None else _arrays.real_number("noise_w", noise_w),
        estimate_noise=estimate,
        false_alarm=_arrays.real_number("false_alarm", false_alarm),
        misfit_alarm=_arrays.real_number("misfit_alarm", misfit_alarm),
    )
    seen = [
        DetectedUser(
            position_m=None if user["position_m"] is None else np.array(user["position_m"]),
            covariance_m2=None if user["covariance_m2"] is None else np.array(user["covariance_m2"]),
            verdict=user["verdict"],
            reason=user["reason"],
            likelihood_ratio=user["likelihood_ratio"],
        )
        for user in said["users"]
    ]
    return Detection(**{**said, "users": seen})
