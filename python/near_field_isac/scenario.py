"""Scenarios: where everything is, how strong and how noisy it is, and what is asked for."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _arrays, _keys, _native, results
from ._results import Result, links, number
from .errors import InputError
from .results import Design, Floats, Guarantee, Sensing

Progress = Callable[[dict[str, Any]], Any]
"""Called with ``{"evaluation", "eta", "gamma", "rate", "accepted", "conic_solves"}`` after each beamforming problem of a design."""


class Scenario(Result):
    """K users and M access points in the plane (D = 2) or in space (D = 3), checked; never changed, see :meth:`replace`.

    The keys are those of a scenario file (docs/scenario.md): lengths in m, powers in dBm, frequencies in Hz.
    """

    _handle: _native.Scenario

    def __init__(self, native: _native.Scenario) -> None:
        """Not for callers: use :meth:`from_toml`, :meth:`from_string` or :meth:`from_dict`."""
        if not isinstance(native, _native.Scenario):
            raise InputError(
                f"a Scenario is made by from_toml(path), from_string(text) or from_dict(keys), not of {type(native).__name__}"
            )
        self._handle = native

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Scenario:
        """The scenario of a TOML file."""
        return cls(_native.Scenario.from_toml(path))

    @classmethod
    def from_string(cls, text: str) -> Scenario:
        """The scenario of a TOML file's text."""
        return cls(_native.Scenario(text, "scenario"))

    @classmethod
    def from_dict(cls, keys: Mapping[str, Any]) -> Scenario:
        """The scenario of a file's keys as nested dictionaries; lists may be numpy arrays."""
        return cls(_native.Scenario.from_dict(dict(keys), "scenario"))

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """The same scenario with some keys changed, by their paths:
        ``s.replace({"power.sensing_dbm": 30, "user[0].position_m": [20.0, 30.0]})``. ``None`` takes a key away.
        """
        keys = copy.deepcopy(self.to_dict())
        for path, value in changes.items():
            _keys.put(keys, path, value)
        return type(self)(_native.Scenario.from_dict(keys, self._handle.file))

    def to_dict(self) -> dict[str, Any]:
        """The keys of the scenario's file as nested dictionaries."""
        return self._handle.to_dict()

    def to_toml(self) -> str:
        """The text of a scenario file."""
        return self._handle.to_toml()

    @property
    def name(self) -> str:
        """What reports call the scenario."""
        return self._handle.name

    @property
    def dimension(self) -> int:
        """D, the number of coordinates of a position: 2 or 3."""
        return self._handle.dimension

    @property
    def frequency_hz(self) -> float:
        """Carrier frequency, Hz."""
        return self._handle.frequency_hz

    @property
    def users_m(self) -> Floats:
        """Positions of the users, m, shape ``(K, D)``."""
        return self._handle.users_m()

    @property
    def access_points_m(self) -> Floats:
        """Reference points of the access points' arrays, m, shape ``(M, D)``."""
        return self._handle.access_points_m()

    @property
    def elements_m(self) -> list[Floats]:
        """Elements of each access point's array, m: M arrays of shape ``(N_m, D)``."""
        return self._handle.elements_m()

    def channels(self) -> NDArray[Any]:
        """Near-field channels h of the users' positions, amplitude (no unit), shape ``(K, M, N)`` where all arrays have N
        elements, else ``(K, M)`` of vectors. A user receives ``h^H w``.
        """
        return links(self._handle.channels())

    def sensing(self) -> Sensing:
        """The sensing covariances (W) of least Cramér–Rao bound (m²), with what proves it."""
        return Sensing(**_native.sensing(self._handle))

    def design(
        self,
        scheme: str = "main",
        *,
        uncertainty: str | None = None,
        scale: float | None = None,
        confidence: float | None = None,
        eta: float | None = None,
        eta_start: float = 0.5,
        time_allocation: str = "slope",
        max_iterations: int = 30,
        attack: bool = False,
        progress: Progress | None = None,
    ) -> Design:
        """A whole frame: sensing covariances (W), time allocation, beams (sqrt(W)) and their certified rate (bit/s/Hz).

        ``scheme`` is one of :func:`schemes`, ``time_allocation`` one of :func:`time_allocations`.
        ``uncertainty`` (``"ball"``, ``"phase"``, ``"ellipse"``) and its size, ``scale`` (standard deviations) or
        ``confidence`` (a probability), stand over what the scenario says.
        ``eta`` fixes the time allocation, 0 < η < 1, and the sensing threshold is then not enforced.
        ``attack`` looks for the worst channel errors.
        ``progress`` is called after each beamforming problem, on the calling thread; if it returns ``False``, the best
        design so far is finished and returned. Other threads run meanwhile; Ctrl-C raises ``KeyboardInterrupt`` at once.

        Raises :class:`InputError`, :class:`NoSolutionError` or :class:`SolverError`.
        """
        said = _native.design(
            self._handle,
            scheme=scheme,
            uncertainty=uncertainty,
            scale=scale,
            confidence=confidence,
            eta=eta,
            eta_start=eta_start,
            time_allocation=time_allocation,
            max_iterations=_arrays.count("max_iterations", max_iterations),
            attack=attack,
            progress=progress,
        )
        return results.design(said)

    def certify_beams(
        self,
        beams: Any,
        eta: float,
        *,
        uncertainty: str | None = None,
        scale: float | None = None,
        confidence: float | None = None,
        attack: bool = False,
    ) -> Guarantee:
        """What given beams (sqrt(W), shape ``(K, M, N)``, ``(K, M)`` of vectors, or a list of M arrays ``(K, N_m)``) guarantee
        at the time allocation ``eta``, under the scenario's best sensing signal. The other arguments are those of
        :meth:`design`.
        """
        vectors = _arrays.links("beams", beams)
        said = _native.certify_in_scenario(
            self._handle,
            vectors,
            eta=eta,
            uncertainty=uncertainty,
            scale=scale,
            confidence=confidence,
            attack=attack,
        )
        return Guarantee(**results.guarantee_fields(said, links(vectors)))

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, however it is written."""
        if not isinstance(other, Scenario):
            return NotImplemented
        return self._handle == other._handle

    __hash__ = None  # type: ignore[assignment]

    def _summary(self) -> list[tuple[str, str]]:
        counts = ", ".join(str(len(elements)) for elements in self.elements_m)
        users = "; ".join(np.array2string(user, precision=4, separator=", ") for user in self.users_m)
        return [
            ("name", self.name),
            ("carrier", f"{number(self.frequency_hz / 1e9)} GHz"),
            ("access points", f"{len(self.access_points_m)} with {counts} elements"),
            ("users", f"{len(self.users_m)} at {users} m"),
        ]


def schemes() -> list[str]:
    """Names of the beamforming schemes, for ``scheme=``: docs/schemes.md says what they are."""
    return _native.scheme_names()


def time_allocations() -> list[str]:
    """Names of the strategies for the time allocation, for ``time_allocation=``: docs/schemes.md says what they are."""
    return _native.strategy_names()
