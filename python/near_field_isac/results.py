"""Designs and what is proven of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._results import Result, links, number, numbers

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


@dataclass(frozen=True, repr=False)
class Certificate(Result):
    """How well beams and multipliers prove their worst-case SINR: the S-procedure's matrix inequality, recomputed from them
    alone, the worst over users. ``L_k = B_k^H M_k B_k + diag(μ, -Σμ - σ²) ⪰ 0``.
    """

    min_lmi_eigenvalue_relative: float
    """Smallest over largest eigenvalue of ``L_k``; about -1e-9 and above is rounding. No unit."""
    noise_margin: float
    """The largest noise power that the inequality tolerates, over the noise there is; 1 or more proves the SINR. No unit."""
    max_power_ratio: float
    """The largest power an access point uses, over the power it has. No unit."""

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("smallest eigenvalue, relative", number(self.min_lmi_eigenvalue_relative)),
            ("noise tolerated / noise", number(self.noise_margin, ".9g")),
            ("power used / power", number(self.max_power_ratio, ".9g")),
        ]


@dataclass(frozen=True, repr=False, eq=False)
class Sensing(Result):
    """The sensing covariances of least Cramér–Rao bound, for M access points with N_m elements."""

    crlb_constant_m2: float
    """C, m²: the sum of the users' mean squared position errors if all of a frame were spent on sensing; ``C / (1 - η)`` at η."""
    crlb_constant_isotropic_m2: float
    """C, m², with the same power spent equally in all directions."""
    crlb_threshold_m2: float
    """The largest sum of mean squared position errors that the scenario allows, m²."""
    eta_max: float
    """``1 - C / threshold``: the largest time allocation that keeps the threshold; not positive if there is none. No unit."""
    relative_gap: float
    """Proven bound on how far C is above its minimum, relative. No unit."""
    covariances: list[Complexes]
    """Ψ_m, W: M Hermitian matrices of shape ``(N_m, N_m)``."""
    ambiguous: list[tuple[int, list[int], list[int]]]
    """``(receiver, transmitters, users)`` of access points that cannot tell the echoes of some users apart; counted from 0."""

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("position error at η = 0 (all users)", f"{number(self.crlb_constant_m2 ** 0.5)} m"),
            ("the same, isotropic signal", f"{number(self.crlb_constant_isotropic_m2 ** 0.5)} m"),
            ("η_max", number(self.eta_max)),
            ("proven gap to the best signal", number(self.relative_gap, ".1e")),
        ]


@dataclass(frozen=True, repr=False, eq=False)
class Guarantee(Result):
    """Beams for K users from M access points with N_m antennas, and the SINR that they are proven to keep.

    A user whose channel is h receives ``h^H w``: SINR ``|h_k^H w_k|² / (Σ_{j≠k} |h_k^H w_j|² + σ_k²)``, h and w stacked over
    access points.
    """

    gamma: float
    """Worst-case SINR over all users and channel errors, certified; linear, 0 if nothing can be."""
    user_gammas: Floats
    """Worst-case SINR of each user, certified, shape ``(K,)``; linear."""
    gamma_nominal: float
    """SINR of the worst user without channel errors; linear."""
    gamma_attacked: float | None
    """SINR of the worst user at the worst channels that an attack found, if one was asked for: the true worst case lies
    between ``gamma`` and this; linear."""
    beams: NDArray[Any]
    """w, sqrt(W): shape ``(K, M, N)`` where all access points have N antennas, else ``(K, M)`` of vectors."""
    multipliers_w: list[list[float]]
    """S-procedure multipliers of each user that prove ``gamma``, W."""
    certificate: Certificate | None
    """The recheck of ``gamma``; ``None`` when it is 0. Beams may use more power than there is: ``max_power_ratio`` says so."""

    def power_w(self) -> Floats:
        """Power that each access point sends to all users together, W, shape ``(M,)``."""
        each = [[float(np.vdot(w, w).real) for w in user] for user in self.beams]
        power: Floats = np.array(each).sum(axis=0)
        return power

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("worst-case SINR, certified", number(self.gamma)),
            ("without channel errors", number(self.gamma_nominal)),
            ("each user's worst case", numbers(self.user_gammas)),
            ("beams", f"{self.beams.shape[0]} users × {self.beams.shape[1]} access points"),
        ]


@dataclass(frozen=True, repr=False, eq=False)
class BeamDesign(Guarantee):
    """Designed beams: a :class:`Guarantee` (SINR of products ``h^H w``, linear; beams in sqrt(W)), and how far from the best it is."""

    scheme: str
    """Name of the beamforming scheme."""
    gamma_upper_bound: float | None
    """No beams that the same matrix inequality can certify have a larger worst-case SINR (at the same time allocation);
    linear. ``None`` for schemes that do not bound it."""
    gamma_beam_upper_bound: float
    """No beams at all have a larger worst-case SINR (at the same time allocation), whatever can be certified of them; linear. With ``attack`` and
    scheme ``main`` close to the best that beams can do, else what one user could have alone."""
    rank_one_ratio: float | None
    """Largest second-to-first eigenvalue ratio before beams were extracted from matrices, if any were. No unit."""
    conic_solves: int
    """Conic programs solved."""

    def _summary(self) -> list[tuple[str, str]]:
        return [("scheme", self.scheme), *super()._summary(), ("upper bound", number(self.gamma_upper_bound))]


@dataclass(frozen=True, repr=False, eq=False)
class Design(BeamDesign):
    """A whole frame: sensing covariances, time allocation η, certified beams. Rates are in bit/s/Hz,
    ``η log2(1 + SINR)``; see :class:`Guarantee` for the SINR, whose products are ``h^H w``.
    """

    eta: float
    """Time allocation η: the share of the frame that is communication. No unit."""
    sensing_slots: float
    """Sensing slots that this leaves in a frame. No unit."""
    rate: float
    """Certified worst-case rate of the worst user, bit/s/Hz."""
    user_rates: Floats
    """Certified worst-case rate of each user, bit/s/Hz, shape ``(K,)``."""
    rate_upper_bound: float | None
    """Rate at ``gamma_upper_bound``, bit/s/Hz."""
    rate_attacked: float | None
    """Rate at ``gamma_attacked``, bit/s/Hz."""
    eta_global_gap: float | None
    """No time allocation within the threshold has a rate higher by more than this, bit/s/Hz; small with
    ``time_allocation="exhaustive"`` only."""
    history: list[tuple[float, float]]
    """``(η, rate of the relaxation in bit/s/Hz)`` of the accepted iterates, the first the start; empty if η was given."""
    termination: str
    """Why the search for η ended: ``converged``, ``safeguarded``, ``iteration-limit``, ``fixed``, ``at-limit``,
    ``no-positive-rate`` or ``cancelled``."""
    unsolved: list[float]
    """Time allocations at which the scheme could not be solved. No unit."""
    sensing: Sensing
    """The sensing half."""
    user_crlb_m2: Floats
    """Smallest mean squared position error of each user at ``eta``, m², shape ``(K,)``."""
    assumptions: list[str]
    """What has to be true of the world for the rates to be promises."""

    @property
    def covariances(self) -> list[Complexes]:
        """Sensing covariances Ψ_m, W: M matrices of shape ``(N_m, N_m)``."""
        return self.sensing.covariances

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("scheme", self.scheme),
            ("rate, certified worst case", f"{number(self.rate)} bit/s/Hz"),
            ("upper bound at this η", f"{number(self.rate_upper_bound)} bit/s/Hz"),
            ("each user", f"{numbers(self.user_rates)} bit/s/Hz"),
            ("η", f"{number(self.eta)} (at most {number(self.sensing.eta_max)})"),
            ("worst-case SINR", number(self.gamma)),
            ("position errors", f"{numbers(self.user_crlb_m2**0.5)} m"),
            ("beams", f"{self.beams.shape[0]} users × {self.beams.shape[1]} access points"),
            ("ended", self.termination),
            ("assumes", "; ".join(self.assumptions)),
        ]


def _certificate(said: tuple[float, float, float] | None) -> Certificate | None:
    return None if said is None else Certificate(*said)


def guarantee_fields(said: dict[str, Any], beams: NDArray[Any]) -> dict[str, Any]:
    """The fields of :class:`Guarantee` from what the compiled half says."""
    return {
        "gamma": said["gamma"],
        "user_gammas": np.array(said["user_gammas"]),
        "gamma_nominal": said["gamma_nominal"],
        "gamma_attacked": said["gamma_attacked"],
        "beams": beams,
        "multipliers_w": said["multipliers_w"],
        "certificate": _certificate(said["certificate"]),
    }


def beam_fields(said: dict[str, Any]) -> dict[str, Any]:
    """The fields of :class:`BeamDesign` from what the compiled half says."""
    return {
        **guarantee_fields(said, links(said["beams"])),
        "scheme": said["scheme"],
        "gamma_upper_bound": said["gamma_upper_bound"],
        "gamma_beam_upper_bound": said["gamma_beam_upper_bound"],
        "rank_one_ratio": said["rank_one_ratio"],
        "conic_solves": said["conic_solves"],
    }


def design(said: dict[str, Any]) -> Design:
    """A design from what the compiled half says."""
    return Design(
        **beam_fields(said),
        eta=said["eta"],
        sensing_slots=said["sensing_slots"],
        rate=said["rate"],
        user_rates=np.array(said["user_rates"]),
        rate_upper_bound=said["rate_upper_bound"],
        rate_attacked=said["rate_attacked"],
        eta_global_gap=said["eta_global_gap"],
        history=said["history"],
        termination=said["termination"],
        unsolved=said["unsolved"],
        sensing=Sensing(**said["sensing"]),
        user_crlb_m2=np.array(said["user_crlb_m2"]),
        assumptions=said["assumptions"],
    )
