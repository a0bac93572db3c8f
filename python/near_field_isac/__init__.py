"""Near-field integrated sensing and communication: bounds on positions, certified robust beams, localisation.

>>> import near_field_isac as isac
>>> design = isac.Scenario.from_toml("paper.toml").design()  # doctest: +SKIP
>>> design.rate, design.eta, design.beams[0, 1]  # doctest: +SKIP
"""

from . import plot
from .beams import certify_beams, robust_beams
from .errors import Cancelled, Error, InputError, NoSolutionError, SolverError
from .localisation import Detection, DetectedUser, Located, Spectrum, detect, localise, music
from .results import BeamDesign, Certificate, Design, Guarantee, Sensing
from .scenario import Scenario, schemes, time_allocations
from .sdp import SdpProblem, SdpSolution
from .sensing import Echoes, PositionBound, crlb, simulate_echoes
from .sweeps import sweep

__all__ = [
    "BeamDesign",
    "Cancelled",
    "Certificate",
    "Design",
    "DetectedUser",
    "Detection",
    "Echoes",
    "Error",
    "Guarantee",
    "InputError",
    "Located",
    "NoSolutionError",
    "PositionBound",
    "Scenario",
    "SdpProblem",
    "SdpSolution",
    "Sensing",
    "SolverError",
    "Spectrum",
    "certify_beams",
    "crlb",
    "detect",
    "localise",
    "music",
    "plot",
    "robust_beams",
    "schemes",
    "simulate_echoes",
    "sweep",
    "time_allocations",
]
