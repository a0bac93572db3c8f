"""Semidefinite programs with complex Hermitian (or real symmetric) matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _arrays, _native
from ._results import Result, number
from .errors import InputError
from .results import Complexes, Floats


@dataclass(frozen=True)
class Matrix:
    """A positive semidefinite matrix unknown of an :class:`SdpProblem`; made by :meth:`SdpProblem.matrix`."""

    index: int
    """Its position among the problem's matrices, and among those of the solution."""
    dim: int
    """Its side."""
    real: bool
    """Symmetric instead of Hermitian."""


@dataclass(frozen=True)
class Scalar:
    """A real scalar unknown of an :class:`SdpProblem`; made by :meth:`SdpProblem.scalar`."""

    index: int
    """Its position among the problem's scalars, and among those of the solution."""


Form = Mapping[Any, Any]
"""``{X: A, y: c}`` stands for ``Re Tr(A X) + c y``, A Hermitian."""

_Native = tuple[list[tuple[int, Complexes]], list[tuple[int, float]]]


@dataclass(frozen=True, repr=False, eq=False)
class SdpSolution(Result):
    """How a program ended. Numbers have the units of the data; what does not exist is ``None`` or empty."""

    status: str
    """``optimal``, ``almost-optimal`` (within a thousand tolerances), ``infeasible``, ``unbounded``, ``no-moderate-point`` (feasible points
    are large, if there are any) or ``no-moderate-bound``."""
    proven: bool
    """Whether an ``infeasible`` or ``unbounded`` is proven from the problem's data alone."""
    objective: float | None
    """The point's objective, in the data's unit."""
    dual_objective: float | None
    """The multipliers' bound of the maximum, in the data's unit."""
    proven_upper: float
    """No feasible point up to ``proven_for_points_up_to`` in size has a larger objective (data's unit): proven whatever the residuals."""
    proven_lower: float
    """The same for the other side: moderate multipliers prove no bound below this (data's unit)."""
    proven_for_points_up_to: float
    """A size of points, ``Σ Tr X + Σ |y|``, in the data's unit."""
    matrices: list[Complexes]
    """Values of the matrix unknowns (data's unit), each of shape ``(dim, dim)``, complex."""
    scalars: Floats
    """Values of the scalar unknowns (data's unit), shape ``(number,)``."""
    equality_multipliers: Floats
    """One for each equality, of any sign (data's unit)."""
    inequality_multipliers: Floats
    """One for each inequality, not negative (data's unit)."""
    lmi_multipliers: list[Complexes]
    """One positive semidefinite matrix for each linear matrix inequality (data's unit)."""
    primal_residual: float | None
    """Relative violation of the constraints. No unit."""
    dual_residual: float | None
    """Relative violation of stationarity. No unit."""
    iterations: int | None
    """Iterations made."""

    def _summary(self) -> list[tuple[str, str]]:
        return [
            ("status", self.status + (" (proven)" if self.proven else "")),
            ("objective", number(self.objective, ".12g")),
            ("at most", number(self.dual_objective, ".12g")),
        ]


class SdpProblem:
    """Maximise a linear form of positive semidefinite matrices X and real scalars y, subject to linear equalities, inequalities and
    linear matrix inequalities. Data may have any unit.

    >>> problem = SdpProblem()
    >>> X = problem.matrix(2)
    >>> problem.maximise({X: [[0, 1j], [-1j, 0]]})
    >>> problem.equality({X: [[1, 0], [0, 1]]}, 1.0)
    >>> round(problem.solve().objective, 6)
    1.0
    """

    def __init__(self) -> None:
        """An empty problem."""
        self.matrices: list[tuple[int, bool]] = []
        self.scalars: list[bool] = []
        self.lmis: list[tuple[bool, Complexes, list[tuple[float, Complexes, int]], list[tuple[int, Complexes]]]] = []
        self.inequalities: list[tuple[_Native, float]] = []
        self.equalities: list[tuple[_Native, float]] = []
        self.objective: _Native = ([], [])

    def matrix(self, dim: int, *, real: bool = False) -> Matrix:
        """A new unknown ``X ⪰ 0`` of shape ``(dim, dim)``: Hermitian, or real symmetric."""
        side = _arrays.count("dim", dim)
        if side == 0:
            raise InputError("dim = 0: expected at least 1")
        _arrays.fits_memory((side, 2 * side))
        self.matrices.append((side, bool(real)))
        return Matrix(len(self.matrices) - 1, side, bool(real))

    def scalar(self, *, nonnegative: bool = False) -> Scalar:
        """A new real unknown."""
        self.scalars.append(bool(nonnegative))
        return Scalar(len(self.scalars) - 1)

    def maximise(self, form: Form) -> None:
        """What to maximise, ``{X: A, y: c}`` for ``Re Tr(A X) + c y`` with Hermitian A of shape ``(dim, dim)``."""
        self.objective = self._form("objective", form)

    def equality(self, form: Form, bound: float) -> None:
        """Adds ``form = bound``."""
        self.equalities.append((self._form("equality", form), _arrays.real_number("bound", bound)))

    def inequality(self, form: Form, bound: float) -> None:
        """Adds ``form ≤ bound``."""
        self.inequalities.append((self._form("inequality", form), _arrays.real_number("bound", bound)))

    def lmi(
        self,
        constant: Any,
        *,
        congruences: Sequence[tuple[float, Any, Matrix]] = (),
        scalars: Form | None = None,
        real: bool = False,
    ) -> None:
        """Adds ``F + Σ c T X T^H + Σ y A ⪰ 0``: F (``constant``) and A Hermitian of shape ``(n, n)``, T of shape ``(n, dim)``.

        ``congruences``: tuples ``(c, T, X)``. ``scalars``: ``{y: A}``. ``real``: all of it is real symmetric.
        """
        base = _arrays.complex_array("constant", constant, (None, None), "row, column", phases=False)
        side = base.shape[0]
        terms = []
        for i, (c, factor, x) in enumerate(congruences):
            self._own(x, Matrix, f"congruences[{i}]")
            shape = (side, x.dim)
            t = _arrays.complex_array(f"congruences[{i}]", factor, shape, "row, column", phases=False)
            terms.append((_arrays.real_number(f"congruences[{i}]", c), t, x.index))
        of_scalars = []
        for y, a in (scalars or {}).items():
            self._own(y, Scalar, "scalars")
            matrix = _arrays.complex_array(f"scalars[{y}]", a, (side, side), "row, column", phases=False)
            of_scalars.append((y.index, matrix))
        self.lmis.append((bool(real), base, terms, of_scalars))

    def solve(self, *, relative_gap: float = 1e-8, feasibility: float = 1e-8) -> SdpSolution:
        """Maximises, to a relative gap and relative residuals (no units) as said. Other threads run meanwhile; Ctrl-C ends it.

        Raises :class:`InputError` for data that fit no problem, :class:`SolverError` if nothing could be established.
        """
        said = _native.solve_sdp(
            self,
            relative_gap=_positive("relative_gap", relative_gap),
            feasibility=_positive("feasibility", feasibility),
        )
        return SdpSolution(
            status=said["status"],
            proven=said["proven"],
            objective=said.get("objective"),
            dual_objective=said.get("dual_objective"),
            proven_upper=said["proven_upper"],
            proven_lower=said["proven_lower"],
            proven_for_points_up_to=said["proven_for_points_up_to"],
            matrices=said.get("matrices", []),
            scalars=np.array(said.get("scalars", []), dtype=np.float64),
            equality_multipliers=np.array(said.get("equality_multipliers", []), dtype=np.float64),
            inequality_multipliers=np.array(said.get("inequality_multipliers", []), dtype=np.float64),
            lmi_multipliers=said.get("lmi_multipliers", []),
            primal_residual=said.get("primal_residual"),
            dual_residual=said.get("dual_residual"),
            iterations=said.get("iterations"),
        )

    def _own(self, unknown: Any, kind: type[Matrix] | type[Scalar], place: str) -> None:
        known = len(self.matrices) if kind is Matrix else len(self.scalars)
        if not isinstance(unknown, kind) or unknown.index >= known:
            raise InputError(f"{place}: expected a {kind.__name__} of this problem, found {unknown!r}")

    def _form(self, place: str, form: Form) -> _Native:
        if not isinstance(form, Mapping):
            raise InputError(f"{place}: expected a dict of unknowns and coefficients, found {type(form).__name__}")
        matrices, scalars = [], []
        for unknown, coefficient in form.items():
            if isinstance(unknown, Matrix):
                self._own(unknown, Matrix, place)
                shape = (unknown.dim, unknown.dim)
                a = _arrays.complex_array(f"{place}, matrix {unknown.index}", coefficient, shape, "row, column", phases=False)
                # The imaginary part of A is antisymmetric: symmetric matrices do not see it.
                matrices.append((unknown.index, a.real.astype(np.complex128) if unknown.real else a))
            else:
                self._own(unknown, Scalar, place)
                scalars.append((unknown.index, _arrays.real_number(f"{place}, scalar {unknown.index}", coefficient)))
        return matrices, scalars


def _positive(name: str, value: float) -> float:
    found = _arrays.real_number(name, value)
    if found <= 0.0:
        raise InputError(f"{name} = {found}: expected a positive number")
    return found
