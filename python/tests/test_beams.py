"""Robust beams for channels of one's own: closed forms, shapes, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import near_field_isac as isac

DESIGN = os.environ.get("NEAR_FIELD_ISAC_DESIGN")
RNG = np.random.default_rng(3)
H = RNG.normal(size=(4, 3, 21)) + 1j * RNG.normal(size=(4, 3, 21))
GOOD: dict[str, Any] = {"H": H, "radii": 0.2, "power_w": 1.0, "noise_w": 0.1}


def test_one_user_one_access_point_is_the_matched_filter() -> None:
    """``γ = P (‖h‖ - ε)² / σ²``, attained by ``w = sqrt(P) h / ‖h‖``."""
    h = H[:1, :1]
    norm = float(np.linalg.norm(h))
    found = isac.robust_beams(h, 0.5, 2.0, 0.1)
    assert found.gamma == pytest.approx(2.0 * (norm - 0.5) ** 2 / 0.1, rel=1e-7)
    overlap = abs(np.vdot(h, found.beams)) / norm
    assert overlap == pytest.approx(np.sqrt(2.0), rel=1e-6)
    # The other product would see the conjugate channel, which these beams miss.
    assert abs(np.vdot(h.conj(), found.beams)) / norm < 1.0


def test_one_user_several_access_points() -> None:
    """Coherent: ``γ = (Σ_m sqrt(P_m) (‖h_m‖ - ε_m))² / σ²``, as each error opposes its own beam."""
    radii, power = np.array([[0.1, 0.4, 0.2]]), np.array([1.0, 0.25, 4.0])
    norms = np.linalg.norm(H[0], axis=1)
    expected = float(np.sum(np.sqrt(power) * (norms - radii[0]))) ** 2 / 0.3
    assert isac.robust_beams(H[:1], radii, power, 0.3).gamma == pytest.approx(expected, rel=1e-6)


def test_bracket_certificate_and_attack() -> None:
    found = isac.robust_beams(**GOOD, attack=True)
    assert found.beams.shape == H.shape
    assert found.gamma_upper_bound is not None and found.gamma_attacked is not None
    assert found.gamma == pytest.approx(found.gamma_upper_bound, rel=1e-4)
    assert found.gamma <= found.gamma_attacked * (1 + 1e-9)
    assert found.certificate is not None and found.certificate.noise_margin >= 1 - 1e-6
    assert (found.power_w() <= 1 + 1e-9).all()
    # No channel of the set has less: draws on the border.
    for _ in range(200):
        error = RNG.normal(size=H.shape) + 1j * RNG.normal(size=H.shape)
        error *= 0.2 / np.linalg.norm(error, axis=2, keepdims=True)
        powers = np.abs(np.einsum("kmn,jmn->kj", (H + error).conj(), found.beams)) ** 2
        own = np.diag(powers)
        assert (own / (powers.sum(axis=1) - own + 0.1)).min() >= found.gamma * (1 - 1e-6)


def test_every_layout_of_the_same_numbers_gives_the_same() -> None:
    expected = isac.robust_beams(**GOOD)
    vectors: Any = np.empty((4, 3), dtype=object)
    for k in range(4):
        for m in range(3):
            vectors[k, m] = H[k, m]
    wide = np.zeros((4, 3, 42), dtype=complex)
    wide[:, :, ::2] = H
    for same in (np.asfortranarray(H), wide[:, :, ::2], vectors, [H[:, m] for m in range(3)], H.tolist()):
        found = isac.robust_beams(**{**GOOD, "H": same})
        np.testing.assert_array_equal(found.beams, expected.beams)
    read_only = H.copy()
    read_only.flags.writeable = False
    assert isac.robust_beams(**{**GOOD, "H": read_only}).gamma == expected.gamma


def test_access_points_of_different_sizes() -> None:
    parts = [H[:, 0, :5], H[:, 1], H[:, 2, :8]]
    found = isac.robust_beams(parts, 0.1, 1.0, 1.0)
    assert found.beams.shape == (4, 3)
    assert [len(beam) for beam in found.beams[0]] == [5, 21, 8]
    again = isac.certify_beams(parts, 0.1, 1.0, 1.0, found.beams)
    assert again.gamma == pytest.approx(found.gamma, rel=1e-6)


def test_unknown_phases_cost_and_a_common_one_does_not() -> None:
    exact = isac.robust_beams(H, 0.0, 1.0, 0.1)
    turned = isac.robust_beams(H, 0.0, 1.0, 0.1, phases_rad=0.1)
    assert 0.0 < turned.gamma < exact.gamma
    alone = isac.robust_beams(H[:, :1], 0.0, 1.0, 0.1, phases_rad=3.0)
    assert alone.gamma == pytest.approx(isac.robust_beams(H[:, :1], 0.0, 1.0, 0.1).gamma, rel=1e-6)


@pytest.mark.skipif(DESIGN is None, reason="NEAR_FIELD_ISAC_DESIGN does not name the built example `design`")
def test_channels_of_a_file_are_those_of_the_command_line() -> None:
    """`design street.toml --eta X` has errors of 2 % of each channel, 30 dBm and -100 dBm, whatever X is."""
    folder = Path(__file__).parents[2] / "examples" / "channels"
    street = np.load(folder / "street.npy")
    radii = 0.02 * np.linalg.norm(street, axis=2)
    assert DESIGN is not None
    line = [DESIGN, str(folder / "street.toml"), "--json", "--scheme", "zf", "--eta", "0.8"]
    said = json.loads(subprocess.run(line, capture_output=True, check=True).stdout)
    found = isac.robust_beams(street, radii, 1.0, 1e-13, scheme="zf")
    assert found.gamma == pytest.approx(said["schemes"][0]["gamma"], rel=1e-12)


def test_errors_larger_than_channels_leave_nothing() -> None:
    found = isac.robust_beams(**{**GOOD, "radii": 100.0})
    assert found.gamma == 0.0 and found.certificate is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"H": H.real}, "H: expected complex numbers, found dtype float64"),
        ({"H": H[0]}, "H: expected shape (any, any, any), [user, access point, element], found (3, 21)"),
        ({"H": np.where(np.arange(21) == 3, np.nan, H)}, "H[0, 0, 3]"),
        ({"H": H[:0]}, "at least one"),
        ({"H": H[:, :, :0]}, "at least one"),
        ({"H": []}, "H: expected"),
        ({"H": None}, "found NoneType"),
        ({"H": "channels"}, "found str"),
        ({"H": [[1j, 2j], [3j]]}, "H: expected an array of numbers"),
        ({"H": [H[:, 0], H[:3, 1]]}, "H[1]: expected shape (4, any)"),
        ({"H": H * np.array([1, 0, 1, 1])[:, None, None]}, "H[1]: the channel's power gain is 0.0"),
        ({"H": H * 1e200}, "power gain is inf"),
        ({"radii": -1}, "radii[0, 0] = -1"),
        ({"radii": np.nan}, "radii[0, 0] = nan"),
        ({"radii": [1, 2]}, "radii: expected shape (4, 3), [user, access point], found (2,)"),
        ({"radii": 1j}, "radii: expected real numbers"),
        ({"phases_rad": -0.1}, "phases_rad[0, 0]"),
        ({"power_w": 0}, "power_w[0] = 0: expected positive"),
        ({"power_w": [1, 2]}, "power_w: expected shape (3), [access point], found (2,)"),
        ({"noise_w": [1, 1, 1, -1]}, "noise_w[3] = -1"),
        ({"noise_w": np.inf}, "noise_w[0] = inf"),
        ({"scheme": "magic"}, "known are main"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(isac.InputError) as caught:
        isac.robust_beams(**{**GOOD, **changes})
    assert said in str(caught.value)
