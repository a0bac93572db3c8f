"""Whole designs: against the command line, against each other, and against callers."""

from __future__ import annotations

import json
import math
import os
import pickle
import signal
import subprocess
import threading
import time
from typing import Any

import numpy as np
import pytest
from conftest import SCENARIOS

import near_field_isac as isac

DESIGN = os.environ.get("NEAR_FIELD_ISAC_DESIGN")
"""Path of the built example ``design``."""


@pytest.mark.skipif(DESIGN is None, reason="NEAR_FIELD_ISAC_DESIGN does not name the built example `design`")
@pytest.mark.parametrize("scheme", ["main", "ei", "mrt", "zf"])
def test_the_command_line_says_the_same(scheme: str) -> None:
    assert DESIGN is not None
    file = SCENARIOS / "paper.toml"
    ran = subprocess.run([DESIGN, file, "--json", "--scheme", scheme, "--attack"], capture_output=True, check=True)
    said = json.loads(ran.stdout)
    row, sensed = said["schemes"][0], said["sensing"]
    found = isac.Scenario.from_toml(file).design(scheme, attack=True)
    for key, value in {
        "eta": found.eta,
        "sensing_slots": found.sensing_slots,
        "gamma": found.gamma,
        "rate_bit_s_hz": found.rate,
        "gamma_upper_bound": found.gamma_upper_bound,
        "gamma_beam_upper_bound": found.gamma_beam_upper_bound,
        "gamma_nominal": found.gamma_nominal,
        "rate_attacked_bit_s_hz": found.rate_attacked,
        "user_rates_bit_s_hz": found.user_rates,
    }.items():
        assert value == (None if row[key] is None else pytest.approx(row[key], rel=1e-12)), key
    assert found.sensing.crlb_constant_m2 == pytest.approx(sensed["crlb_constant_m2"], rel=1e-12)
    assert found.termination == row["termination"] and found.assumptions == said["assumptions"]


def test_numbers_agree_with_each_other(paper: isac.Scenario, paper_design: isac.Design) -> None:
    d = paper_design
    assert d.rate == pytest.approx(d.eta * math.log2(1 + d.gamma), rel=1e-12)
    assert d.rate == min(d.user_rates)
    assert d.sensing_slots == pytest.approx((1 - d.eta) * 100, rel=1e-12)  # of a millisecond, in a tenth of a second
    assert d.gamma_upper_bound is not None and d.gamma <= d.gamma_upper_bound * (1 + 1e-9)
    assert d.gamma <= d.gamma_beam_upper_bound
    assert d.eta <= d.sensing.eta_max
    assert d.user_crlb_m2.sum() == pytest.approx(d.sensing.crlb_constant_m2 / (1 - d.eta), rel=1e-9)
    for psi in d.covariances:
        assert psi.shape == (21, 21)
        assert np.trace(psi).real <= 10.0 * (1 + 1e-9)  # 40 dBm
        assert np.linalg.eigvalsh(psi).min() > -1e-9
    assert (d.power_w() <= 1.0 + 1e-9).all()  # 30 dBm
    assert d.certificate is not None and d.certificate.noise_margin >= 1 - 1e-6
    # SINR without errors, from the beams and the channels themselves.
    products = np.einsum("kmn,jmn->kj", paper.channels().conj(), d.beams)
    powers = np.abs(products) ** 2
    signal_w = np.diag(powers)
    sinr = signal_w / (powers.sum(axis=1) - signal_w + 1e-13)  # -100 dBm
    assert sinr.min() == pytest.approx(d.gamma_nominal, rel=1e-6)


def test_beams_are_certified_again(paper: isac.Scenario, paper_design: isac.Design) -> None:
    again = paper.certify_beams(paper_design.beams, paper_design.eta, attack=True)
    assert again.gamma == pytest.approx(paper_design.gamma, rel=1e-6)
    assert again.gamma_attacked is not None and again.gamma <= again.gamma_attacked * (1 + 1e-9) <= again.gamma_nominal * (1 + 1e-6)
    half = paper.certify_beams(paper_design.beams / 2, paper_design.eta)
    assert half.certificate is not None and half.certificate.max_power_ratio == pytest.approx(0.25, rel=1e-6)
    with pytest.raises(isac.InputError, match="expected length 4, found 3"):
        paper.certify_beams(paper_design.beams[:3], 0.5)
    with pytest.raises(isac.InputError, match="eta"):
        paper.certify_beams(paper_design.beams, 1.5)


def test_wider_errors_cost_rate(paper: isac.Scenario) -> None:
    eta = 0.6
    rates = [paper.design(uncertainty="ellipse", confidence=c, eta=eta).rate for c in (0.5, 0.95)]
    exact = paper.design("perfect", eta=eta).rate
    assert rates[1] < rates[0] < exact
    said_in_file = paper.replace({"uncertainty.model": "ellipse", "uncertainty.confidence": 0.95})
    assert said_in_file.design(eta=eta).rate == rates[1]


def test_whole_slots_cost_little(paper: isac.Scenario, paper_design: isac.Design) -> None:
    """The preset has the paper's fractions of slots; the default is whole ones, next to them."""
    whole = paper.replace({"frame.slots": None}).design()
    assert whole.sensing_slots == pytest.approx(round(whole.sensing_slots), abs=1e-9)
    assert abs(whole.sensing_slots - paper_design.sensing_slots) < 1.0
    assert whole.rate <= paper_design.rate * (1 + 1e-6)


def test_names() -> None:
    assert {"main", "ei", "zf"} <= set(isac.schemes())
    assert {"slope", "exhaustive"} <= set(isac.time_allocations())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"scheme": "nobody"}, "known are main"),
        ({"time_allocation": "never"}, "known are slope"),
        ({"uncertainty": "fog"}, "known are ball, phase, ellipse"),
        ({"scale": 1.0, "confidence": 0.9}, "pass one of them"),
        ({"confidence": 1.0}, "confidence"),
        ({"scale": -1.0}, "scale"),
        ({"eta": 1.0}, "eta = 1"),
        ({"eta": float("nan")}, "eta = NaN"),
        ({"eta_start": 0.0}, "eta_start"),
        ({"max_iterations": -1}, "max_iterations = -1"),
        ({"max_iterations": 1.5}, "whole number"),
    ],
)
def test_bad_arguments_are_named(paper: isac.Scenario, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(isac.InputError) as caught:
        paper.design(**arguments)
    assert said in str(caught.value)


def test_a_threshold_out_of_reach() -> None:
    with pytest.raises(isac.NoSolutionError, match="unreachable"):
        isac.Scenario.from_toml(SCENARIOS / "paper-printed.toml").design()


def test_results_are_data(paper_design: isac.Design) -> None:
    again = pickle.loads(pickle.dumps(paper_design))
    np.testing.assert_array_equal(again.beams, paper_design.beams)
    assert repr(again) == repr(paper_design)
    written = json.loads(json.dumps(paper_design.to_dict()))
    assert written["rate"] == paper_design.rate
    assert complex(*written["beams"][1][2][3]) == paper_design.beams[1, 2, 3]
    assert written["sensing"]["eta_max"] == paper_design.sensing.eta_max
    assert "bit/s/Hz" in repr(paper_design) and "<table>" in paper_design._repr_html_()


def test_progress_is_told_and_may_end_it(paper: isac.Scenario) -> None:
    told: list[dict[str, Any]] = []
    threads = set()

    def watch(report: dict[str, Any]) -> None:
        told.append(report)
        threads.add(threading.get_ident())

    whole = paper.design(progress=watch)
    assert [report["evaluation"] for report in told] == list(range(len(told)))
    assert len(told) > 1 and threads == {threading.get_ident()}
    first = paper.design(progress=lambda report: False)
    assert first.termination == "cancelled" and first.rate < whole.rate


def test_what_a_callback_raises_is_raised(paper: isac.Scenario) -> None:
    with pytest.raises(ZeroDivisionError):
        paper.design(progress=lambda report: 1 // 0)
    with pytest.raises(TypeError):
        paper.design(progress=3)  # type: ignore[arg-type]


def test_ctrl_c_ends_a_long_design() -> None:
    """24 users with errors half as large as channels: minutes, were it not ended."""
    rng = np.random.default_rng(7)
    channels = rng.normal(size=(24, 4, 64)) + 1j * rng.normal(size=(24, 4, 64))
    sent: list[float] = []

    def press() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        isac.robust_beams(channels, 4.0, 1.0, 1.0)
    assert time.monotonic() - sent[0] < 1.0
    timer.join()


def test_other_threads_run_meanwhile(paper: isac.Scenario) -> None:
    """While a design runs on one thread, another one counts."""
    done = threading.Event()

    def work() -> None:
        paper.design(time_allocation="exhaustive")
        done.set()

    thread = threading.Thread(target=work)
    start = time.monotonic()
    thread.start()
    longest, last = 0.0, time.monotonic()
    while not done.is_set():
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        time.sleep(0.001)
    thread.join()
    # Held for all of the design, the lock would make one gap of all of it.
    assert longest < 0.5 * (time.monotonic() - start)
