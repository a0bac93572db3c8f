"""The compiled half; nothing here is meant for callers of the package."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ._arrays import Complexes
from .beams import Channels
from .sdp import SdpProblem
from numpy.typing import NDArray

class Scenario:
    def __init__(self, text: str, file: str) -> None: ...
    @staticmethod
    def from_toml(file: str | os.PathLike[str]) -> Scenario: ...
    @staticmethod
    def from_dict(keys: dict[str, Any], file: str) -> Scenario: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_toml(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def frequency_hz(self) -> float: ...
    def users_m(self) -> NDArray[np.float64]: ...
    def access_points_m(self) -> NDArray[np.float64]: ...
    def elements_m(self) -> list[NDArray[np.float64]]: ...
    def channels(self) -> list[list[NDArray[np.complex128]]]: ...

def scheme_names() -> list[str]: ...
def strategy_names() -> list[str]: ...
def sensing(scenario: Scenario) -> dict[str, Any]: ...
def design(
    scenario: Scenario,
    *,
    scheme: str,
    uncertainty: str | None,
    scale: float | None,
    confidence: float | None,
    eta: float | None,
    eta_start: float,
    time_allocation: str,
    max_iterations: int,
    attack: bool,
    progress: Callable[[dict[str, Any]], Any] | None,
) -> dict[str, Any]: ...
def robust_beams(
    channels: Channels,
    *,
    scheme: str,
    attack: bool,
    progress: Callable[[dict[str, Any]], Any] | None,
) -> dict[str, Any]: ...
def certify_beams(channels: Channels, beams: list[list[Complexes]], *, attack: bool) -> dict[str, Any]: ...
def certify_in_scenario(
    scenario: Scenario,
    beams: list[list[Complexes]],
    *,
    eta: float,
    uncertainty: str | None,
    scale: float | None,
    confidence: float | None,
    attack: bool,
) -> dict[str, Any]: ...
def crlb(
    scenario: Scenario, *, isotropic: bool, covariances: list[Complexes] | None, slots: float | None
) -> dict[str, Any]: ...
def simulate_echoes(
    scenario: Scenario, *, isotropic: bool, covariances: list[Complexes] | None, slots: int, seed: int
) -> dict[str, Any]: ...
def grid_axes(
    scenario: Scenario, box_m: tuple[list[float], list[float]] | None, step_m: float
) -> list[tuple[float, float, int]]: ...
def music(
    scenario: Scenario,
    received: list[Complexes],
    *,
    box_m: tuple[list[float], list[float]] | None,
    step_m: float,
    users: int | str,
    variant: str,
) -> NDArray[np.float64]: ...
def localise(
    scenario: Scenario,
    received: list[Complexes],
    waveform: list[Complexes],
    *,
    box_m: tuple[list[float], list[float]] | None,
    step_m: float,
    users: int,
    min_separation_m: float,
    variant: str,
) -> dict[str, Any]: ...
def detect(
    scenario: Scenario,
    received: list[Complexes],
    waveform: list[Complexes],
    *,
    box_m: tuple[list[float], list[float]] | None,
    users: int | None,
    at_most: int,
    noise_w: float | None,
    estimate_noise: bool,
    false_alarm: float,
    misfit_alarm: float,
) -> dict[str, Any]: ...
def solve_sdp(program: SdpProblem, *, relative_gap: float, feasibility: float) -> dict[str, Any]: ...
