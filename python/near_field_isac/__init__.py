"""Near-field integrated sensing and communication: bounds on positions, certified robust beams, localisation.

>>> import near_field_isac as isac
>>> design = isac.Scenario.from_toml("paper.toml").design()  # doctest: +SKIP
>>> design.rate, design.eta, design.beams[0, 1]  # doctest: +SKIP
"""

from .beams import certify_beams, robust_beams
from .errors import Cancelled, Error, InputError, NoSolutionError, SolverError
from .results import BeamDesign, Certificate, Design, Guarantee, Sensing
from .scenario import Scenario, schemes, time_allocations

__all__ = [
    "BeamDesign",
    "Cancelled",
    "Certificate",
    "Design",
    "Error",
    "Guarantee",
    "InputError",
    "NoSolutionError",
    "Scenario",
    "Sensing",
    "SolverError",
    "certify_beams",
    "robust_beams",
    "schemes",
    "time_allocations",
]
