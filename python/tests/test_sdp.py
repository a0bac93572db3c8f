"""Semidefinite programs against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import near_field_isac as isac

RNG = np.random.default_rng(11)


def hermitian(n: int) -> np.ndarray[Any, Any]:
    a = RNG.normal(size=(n, n)) + 1j * RNG.normal(size=(n, n))
    found: np.ndarray[Any, Any] = a + a.conj().T
    return found


def test_the_largest_eigenvalue_from_both_sides() -> None:
    """``max Tr(A X), Tr X = 1`` and ``min t, t I - A ⪰ 0``; the first's multiplier is the second's answer."""
    a = hermitian(6)
    largest = np.linalg.eigvalsh(a)[-1]
    primal = isac.SdpProblem()
    x = primal.matrix(6)
    primal.maximise({x: a})
    primal.equality({x: np.eye(6)}, 1.0)
    found = primal.solve()
    assert found.status == "optimal" and found.objective == pytest.approx(largest, rel=1e-7)
    assert found.equality_multipliers[0] == pytest.approx(largest, rel=1e-6)
    assert found.proven_lower <= largest * (1 + 1e-12) and largest <= found.proven_upper
    assert found.proven_upper - found.proven_lower < 1e-5
    np.testing.assert_allclose(a @ found.matrices[0], largest * found.matrices[0], atol=1e-5)
    dual = isac.SdpProblem()
    t = dual.scalar()
    dual.maximise({t: -1.0})
    dual.lmi(-a, scalars={t: np.eye(6)})
    assert dual.solve().scalars[0] == pytest.approx(largest, rel=1e-7)


def test_real_and_complex_differ() -> None:
    """An antisymmetric imaginary part is invisible to symmetric matrices."""
    a = np.array([[0.5, 2j], [-2j, 0.0]])
    values = []
    for real in (False, True):
        problem = isac.SdpProblem()
        x = problem.matrix(2, real=real)
        problem.maximise({x: a})
        problem.inequality({x: np.eye(2)}, 1.0)
        values.append(problem.solve().objective)
    # The largest eigenvalues of a, and of its real part.
    assert values[0] == pytest.approx(0.25 + np.sqrt(0.25**2 + 4.0), rel=1e-7) and values[1] == pytest.approx(0.5, rel=1e-7)


def test_congruences() -> None:
    """``max Tr X, I - T X T^H ⪰ 0`` with invertible T: ``Tr (T^H T)^{-1}``."""
    t = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)) + 3 * np.eye(3)
    problem = isac.SdpProblem()
    x = problem.matrix(3)
    problem.maximise({x: np.eye(3)})
    problem.lmi(np.eye(3), congruences=[(-1.0, t, x)])
    found = problem.solve()
    assert found.objective == pytest.approx(np.trace(np.linalg.inv(t.conj().T @ t)).real, rel=1e-6)
    # Its multiplier is that of X: stationarity reads I = T^H Z T.
    np.testing.assert_allclose(t.conj().T @ found.lmi_multipliers[0] @ t, np.eye(3), atol=1e-5)


def test_what_has_no_solution_is_proven() -> None:
    problem = isac.SdpProblem()
    x = problem.matrix(2)
    problem.equality({x: np.eye(2)}, -1.0)
    found = problem.solve()
    assert (found.status, found.proven, found.objective) == ("infeasible", True, None)
    problem = isac.SdpProblem()
    x, y = problem.matrix(2), problem.scalar(nonnegative=True)
    problem.maximise({x: np.eye(2)})
    problem.equality({x: np.diag([1.0, -1.0]), y: -1.0}, 0.0)
    found = problem.solve()
    assert (found.status, found.proven) == ("unbounded", True)


def test_bad_data_are_named() -> None:
    problem = isac.SdpProblem()
    x, y = problem.matrix(2), problem.scalar()
    others = isac.SdpProblem()
    others.matrix(2)
    theirs = others.matrix(3)
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: problem.maximise({x: np.eye(3)}), "expected shape (2, 2)"),
        (lambda: problem.maximise({x: [[np.nan, 0], [0, 1]]}), "finite"),
        (lambda: problem.maximise({theirs: np.eye(3)}), "of this problem"),
        (lambda: problem.maximise({"x": np.eye(3)}), "of this problem"),
        (lambda: problem.maximise([x]), "expected a dict"),  # type: ignore[arg-type]
        (lambda: problem.equality({y: 1j}, 1.0), "expected a real number"),
        (lambda: problem.inequality({y: 1.0}, np.inf), "bound"),
        (lambda: problem.lmi(np.eye(2), congruences=[(1.0, np.eye(3), x)]), "expected shape (2, 2)"),
        (lambda: problem.lmi(np.eye(2), scalars={x: np.eye(2)}), "expected a Scalar"),
        (lambda: problem.matrix(0), "at least 1"),
        (lambda: problem.matrix(-1), "not negative"),
        (lambda: problem.solve(relative_gap=0.0), "relative_gap"),
        (lambda: isac.SdpProblem().solve(), "neither a matrix nor a scalar"),
    ]
    for wrong, said in cases:
        with pytest.raises(isac.InputError) as caught:
            wrong()
        assert said in str(caught.value), said
    problem.maximise({x: [[0, 1], [0, 0]]})
    with pytest.raises(isac.InputError, match="not Hermitian"):
        problem.solve()
    with pytest.raises(MemoryError):
        problem.matrix(2**40)
