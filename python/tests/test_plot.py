"""Pictures: what is in them is what was passed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import SCENARIOS

import near_field_isac as isac

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def test_ellipses_and_scene(paper: isac.Scenario, tmp_path: Path) -> None:
    bound = isac.crlb(paper)
    ax = isac.plot.ellipses(paper, bound, isac.plot.scene(paper), magnify=1e6)
    ellipses = ax.lines[-4:]
    for k, line in enumerate(ellipses):
        away = np.linalg.norm(line.get_xydata() - paper.users_m[k], axis=1)
        np.testing.assert_allclose([away.min(), away.max()], 1e6 * bound.semi_axes_m[k], rtol=1e-3)
        # The quadratic form of the covariance is one along the ellipse.
        block = bound.covariance_m2[2 * k : 2 * k + 2, 2 * k : 2 * k + 2]
        off = (line.get_xydata() - paper.users_m[k]) / 1e6
        np.testing.assert_allclose(np.einsum("ni,ij,nj->n", off, np.linalg.inv(block), off), 1.0, rtol=1e-6)
    ax.figure.savefig(tmp_path / "scene.png")
    assert (tmp_path / "scene.png").stat().st_size > 1000


def test_spectrum_and_rates(paper: isac.Scenario, paper_design: isac.Design) -> None:
    echoes = isac.simulate_echoes(paper, slots=20)
    found = isac.music(paper, echoes.received, box_m=[[0, 0], [70, 80]], step_m=1.0)
    image = isac.plot.spectrum(found).collections[0]
    assert image.get_array().shape == (81, 71)
    bars = isac.plot.rates({"main": paper_design, "zf": paper.design("zf")}).patches
    assert bars[0].get_height() == paper_design.rate
    with pytest.raises(isac.InputError, match="3 dimensions"):
        isac.plot.scene(isac.Scenario.from_toml(SCENARIOS / "room-3d.toml"))
