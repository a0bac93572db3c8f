"""Scenarios: read, edited, written, refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from conftest import SCENARIOS

import near_field_isac as isac


def test_every_scenario_is_what_is_written_of_it() -> None:
    for path in SCENARIOS.glob("*.toml"):
        scenario = isac.Scenario.from_toml(path)
        assert isac.Scenario.from_string(scenario.to_toml()) == scenario
        assert isac.Scenario.from_dict(scenario.to_dict()) == scenario
        assert pickle.loads(pickle.dumps(scenario)) == scenario
        assert scenario.users_m.shape[1] == scenario.dimension


def test_geometry(paper: isac.Scenario) -> None:
    """The middle of a uniform line is its reference point, its ends are the aperture apart."""
    assert paper.name == "paper" and paper.dimension == 2 and paper.frequency_hz == 28e9
    for reference, elements in zip(paper.access_points_m, paper.elements_m):
        assert elements.shape == (21, 2)
        np.testing.assert_allclose(elements.mean(axis=0), reference, atol=1e-12)
        assert np.linalg.norm(elements[0] - elements[-1]) == pytest.approx(0.53, rel=1e-12)


def test_channels_are_spherical_waves(paper: isac.Scenario) -> None:
    """Phases follow the distance to each element, less that to the reference point of all of them; the amplitude is common."""
    wavelength_m = 299_792_458.0 / paper.frequency_hz
    channels = paper.channels()
    assert channels.shape == (4, 3, 21)
    for k, user in enumerate(paper.users_m):
        for m, elements in enumerate(paper.elements_m):
            r = np.linalg.norm(elements - user, axis=1)
            waves = np.exp(-2j * np.pi * r / wavelength_m)
            ratio = channels[k, m] / waves
            # Phases of 2e5 radians are known to 1e-10.
            np.testing.assert_allclose(ratio, ratio[0], rtol=1e-8)


def test_keys_are_replaced(paper: isac.Scenario) -> None:
    changed = paper.replace({"power.sensing_dbm": np.float64(30), "user[1].position_m": np.array([24.0, 41.0])})
    assert changed.to_dict()["power"]["sensing_dbm"] == 30.0
    np.testing.assert_array_equal(changed.users_m[1], [24.0, 41.0])
    assert paper.to_dict()["power"]["sensing_dbm"] == 40
    added = paper.replace({"uncertainty.model": "ellipse", "uncertainty.confidence": 0.95})
    assert added != paper and added.replace({"uncertainty": None}) == paper
    # A tenth of the power: ten times the mean squared error.
    ratio = changed.replace({"user[1].position_m": [25.0, 40.0]}).sensing().crlb_constant_m2 / paper.sensing().crlb_constant_m2
    assert ratio == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("power.sensing_dbm", "loud", 'expected a number, found "loud"'),
        ("power.sensing_dbm", float("nan"), "not a finite number"),
        ("power.sensing_dbm", object(), "expected a number, a text, a list or a dict"),
        ("power.volume", 3, "unknown field `volume`"),
        ("power", None, "power: missing"),
        ("user[4].position_m", [1.0, 2.0], "there are 4 entries"),
        ("user.position_m", [1.0, 2.0], "takes an index"),
        ("user[0].position_m", [1.0, 2.0, 3.0], "user[0].position_m"),
        ("power[0]", 1, "takes a key"),
        ("name.first", 1, "neither key nor index"),
        ("power..sensing_dbm", 1, "no path of a key"),
        ("", 1, "no path of a key"),
        ("frame.sensing_slot_s", 2**70, "beyond 64 bits"),
        ("user", [None], "found None"),
    ],
)
def test_bad_keys_are_named(paper: isac.Scenario, path: str, value: object, said: str) -> None:
    with pytest.raises(isac.InputError) as caught:
        paper.replace({path: value})
    assert said in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_what_is_no_scenario() -> None:
    endless: list[object] = []
    endless.append(endless)
    for keys in ({}, {1: 2}, {"name": endless}):
        with pytest.raises(isac.InputError):
            isac.Scenario.from_dict(keys)  # type: ignore[arg-type]
    with pytest.raises(isac.InputError, match="line 1"):
        isac.Scenario.from_string("name =")
    with pytest.raises(FileNotFoundError, match="no-such.toml"):
        isac.Scenario.from_toml("no-such.toml")
    with pytest.raises(isac.InputError, match="pass it to robust_beams"):
        isac.Scenario.from_toml(SCENARIOS.parent / "channels" / "street.toml")
    with pytest.raises(isac.InputError, match="from_toml"):
        isac.Scenario("paper.toml")  # type: ignore[arg-type]
