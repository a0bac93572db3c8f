"""Bounds, echoes, and positions found in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import near_field_isac as isac

SPEED_OF_LIGHT_M_S = 299_792_458.0


@pytest.fixture(scope="module")
def echoes(paper: isac.Scenario) -> isac.Echoes:
    return isac.simulate_echoes(paper, slots=60, seed=3)


def one_access_point(**changes: Any) -> isac.Scenario:
    """One line of 16 elements along x, one user on its normal 8 m away, whose echo is only its phases over the array."""
    keys: dict[str, Any] = {
        "name": "one",
        "carrier": {"frequency_hz": 28e9},
        "noise": {"sensing_dbm": -90, "communication_dbm": -90},
        "frame": {"duration_s": 0.1, "sensing_slot_s": 0.001},
        "power": {"communication_dbm": 30, "sensing_dbm": 30},
        "sensing": {"gain_model": "known", "crlb_threshold_m2": 1.0},
        "access_point": [{"position_m": [0.0, 0.0], "array": {"elements": 16, "aperture_m": 0.3, "axis_deg": 0.0}}],
        "user": [{"position_m": [0.0, 8.0]}],
        "reflectivity": {"kind": "unit", "echo_gain": "total-path"},
    }
    return isac.Scenario.from_dict({**keys, **changes})


def test_the_bound_of_one_access_point_by_hand() -> None:
    """Known gain, signal in all directions: ``Y = α a b^H S + N`` has ``J_ij = (2 τ P / (N σ²)) Re <∂_i E, ∂_j E>`` with
    ``E = α a a^H`` and τ slots, derivatives here by central differences of the phases themselves.
    """
    scenario = one_access_point()
    elements, user = scenario.elements_m[0], scenario.users_m[0]
    wavenumber = 2 * np.pi * scenario.frequency_hz / SPEED_OF_LIGHT_M_S
    gain = abs(_gain(scenario))

    def echo(at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        # Less the path to the middle of the array, whose phase the gain has.
        path = np.linalg.norm(elements - at, axis=1) - np.linalg.norm(at)
        a = np.exp(-1j * wavenumber * path)
        return gain * np.outer(a, a.conj())

    step = 1e-5
    slopes = [(echo(user + step * e) - echo(user - step * e)) / (2 * step) for e in np.eye(2)]
    slots, power_w, noise_w = 100, 1.0, 1e-12
    information = np.array([[np.vdot(a, b).real for b in slopes] for a in slopes]) * 2 * slots * power_w / (16 * noise_w)
    bound = isac.crlb(scenario, "isotropic")
    # By symmetry the off-diagonal is zero; what there is of it is rounding of a diagonal of 1e-12 and 4e-8.
    np.testing.assert_allclose(bound.covariance_m2, np.linalg.inv(information), rtol=1e-5, atol=1e-20)


def _gain(scenario: isac.Scenario) -> complex:
    """The echo's gain from one noiseless element: a waveform of ones comes back as the gain times the beams' product."""
    loud = scenario.replace({"noise.sensing_dbm": -290})
    heard = isac.simulate_echoes(loud, slots=40, seed=1, covariances="isotropic")
    elements, user = scenario.elements_m[0], scenario.users_m[0]
    wavenumber = 2 * np.pi * scenario.frequency_hz / SPEED_OF_LIGHT_M_S
    a = np.exp(-1j * wavenumber * (np.linalg.norm(elements - user, axis=1) - np.linalg.norm(user)))
    arriving = np.outer(a, a.conj() @ heard.waveform[0])
    return complex(np.vdot(arriving, heard.received[0]) / np.vdot(arriving, arriving))


def test_bounds_agree_with_the_design(paper: isac.Scenario) -> None:
    sensing = paper.sensing()
    best, same = isac.crlb(paper), isac.crlb(paper, sensing.covariances)
    assert best.crlb_m2 == pytest.approx(sensing.crlb_constant_m2, rel=1e-9)
    np.testing.assert_allclose(same.covariance_m2, best.covariance_m2, rtol=1e-6, atol=1e-20)
    assert isac.crlb(paper, "isotropic").crlb_m2 == pytest.approx(sensing.crlb_constant_isotropic_m2, rel=1e-9)
    assert isac.crlb(paper, slots=50).crlb_m2 == pytest.approx(2 * best.crlb_m2, rel=1e-12)
    equal = [10.0 / 21 * np.eye(21)] * 3  # 40 dBm, and real, which covariances may be
    assert isac.crlb(paper, equal).crlb_m2 == pytest.approx(sensing.crlb_constant_isotropic_m2, rel=1e-9)
    for k in range(4):
        block = best.covariance_m2[2 * k : 2 * k + 2, 2 * k : 2 * k + 2]
        axes = best.directions[k].T @ np.diag(best.semi_axes_m[k] ** 2) @ best.directions[k]
        np.testing.assert_allclose(axes, block, rtol=1e-9, atol=1e-25)


def test_no_signal_no_position(paper: isac.Scenario) -> None:
    with pytest.raises(isac.NoSolutionError, match="cannot be identified"):
        isac.crlb(paper, np.zeros((3, 21, 21)))


def test_echoes_are_those_of_the_seed(paper: isac.Scenario, echoes: isac.Echoes) -> None:
    again = isac.simulate_echoes(paper, slots=60, seed=3)
    other = isac.simulate_echoes(paper, slots=60, seed=4)
    for y, same, different in zip(echoes.received, again.received, other.received):
        assert y.shape == (21, 60)
        np.testing.assert_array_equal(y, same)
        assert not np.array_equal(y, different)


def test_a_spectrum_is_not_copied_and_peaks_at_users(paper: isac.Scenario, echoes: isac.Echoes) -> None:
    found = isac.music(paper, echoes.received, box_m=[[0, 0], [70, 70]], step_m=0.1)
    assert found.level_db.shape == (701, 701) == tuple(len(axis) for axis in found.axes_m)
    # A view of the vector that the compiled half has filled.
    assert not found.level_db.flags.owndata and found.level_db.base is not None and found.level_db.base.size == 701**2
    assert np.linalg.norm(paper.users_m - found.highest_m(), axis=1).min() < 0.15
    level = found.level_db
    for user in paper.users_m:
        i, j = (int(round(x / 0.1)) for x in user)
        assert level[i, j] > np.median(level) + 20


def test_positions_are_found_to_within_their_deviation(paper: isac.Scenario, echoes: isac.Echoes) -> None:
    located = isac.localise(paper, echoes.received, echoes.waveform)
    detection = isac.detect(paper, echoes.received, echoes.waveform)
    assert [user.verdict for user in detection.users] == ["found"] * 4
    deviations = np.sqrt(np.diag(located.covariance_m2)).reshape(4, 2)
    for k, at in enumerate(located.positions_m):
        nearest = paper.users_m[np.argmin(np.linalg.norm(paper.users_m - at, axis=1))]
        # Six deviations: one in 10⁸ for each coordinate.
        assert (np.abs(at - nearest) < 6 * deviations[k]).all()
    both = [np.linalg.norm(located.positions_m - at, axis=1).min() for at in detection.positions_m]
    assert max(both) < 1e-8
    assert detection.noise_over_known == pytest.approx(1.0, abs=0.1)


def test_noise_alone_is_nobody(paper: isac.Scenario) -> None:
    rng = np.random.default_rng(5)
    noise = [1e-6 * (rng.normal(size=(21, 30)) + 1j * rng.normal(size=(21, 30))) / np.sqrt(20) for _ in range(3)]
    waveform = isac.simulate_echoes(paper, slots=30).waveform
    assert isac.detect(paper, noise, waveform, noise_w="estimated").users == []
    given = isac.detect(paper, noise, waveform, users=2, noise_w=1e-13)
    assert [user.verdict for user in given.users] == ["not-found"] * 2
    assert all(user.position_m is None and user.reason for user in given.users)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"users": 99}, "99 dimensions"),
        ({"users": 0}, "0 dimensions"),
        ({"users": "guess"}, "known are mdl, akaike"),
        ({"users": 1.5}, "users: expected a whole number"),
        ({"variant": "new"}, "known are per-access-point"),
        ({"step_m": 0}, "step_m = 0"),
        ({"step_m": float("nan")}, "step_m"),
        ({"box_m": [0, 1]}, "box_m: expected shape (2, 2)"),
        ({"box_m": [[0, 1], [1, 0]]}, "lower corner first"),
        ({"received": 3}, "expected a list of 3 matrices"),
        ({"received": []}, "expected 3 matrices"),
        ({"received": np.zeros((3, 21, 5))}, "received[0]: expected complex numbers"),
        ({"received": np.zeros((3, 20, 5), complex)}, "received[0]: expected shape (21, any), [element, slot], found (20, 5)"),
        ({"received": np.zeros((3, 21, 0), complex)}, "at least one"),
        ({"received": np.full((3, 21, 5), np.nan + 0j)}, "received[0][0, 0]"),
        ({"received": np.zeros((3, 21, 5), complex)}, "no signal"),
    ],
)
def test_bad_arguments_are_named(paper: isac.Scenario, echoes: isac.Echoes, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(isac.InputError) as caught:
        isac.music(paper, **{"received": echoes.received, **changes})
    assert said in str(caught.value)


def test_more_than_memory_holds(paper: isac.Scenario, echoes: isac.Echoes) -> None:
    with pytest.raises(MemoryError):
        isac.music(paper, echoes.received, step_m=1e-6)
    for slots in (2**45, 2**62):
        with pytest.raises(MemoryError):
            isac.simulate_echoes(paper, slots=slots)


def test_bad_samples_and_signals_are_named(paper: isac.Scenario, echoes: isac.Echoes) -> None:
    uneven = [echoes.received[0], echoes.received[1], echoes.received[2][:, :5]]
    with pytest.raises(isac.InputError, match="same number of slots"):
        isac.localise(paper, uneven, echoes.waveform)
    with pytest.raises(isac.InputError, match="slots"):
        isac.localise(paper, echoes.received, [w[:, :5] for w in echoes.waveform])
    with pytest.raises(isac.InputError, match="noise_w"):
        isac.detect(paper, echoes.received, echoes.waveform, noise_w="loud")
    with pytest.raises(isac.InputError, match="slots = 0"):
        isac.simulate_echoes(paper, slots=0)
    with pytest.raises(isac.InputError, match="seed = -1"):
        isac.simulate_echoes(paper, seed=-1)
    with pytest.raises(isac.InputError, match="'isotropic', None or matrices"):
        isac.crlb(paper, "bright")
    with pytest.raises(isac.InputError, match="not Hermitian"):
        isac.crlb(paper, [np.tri(21)] * 3)
    with pytest.raises(isac.InputError, match="negative diagonal"):
        isac.crlb(paper, [-np.eye(21)] * 3)
