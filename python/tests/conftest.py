from __future__ import annotations

from pathlib import Path

import pytest

import near_field_isac as isac

SCENARIOS = Path(__file__).parents[2] / "examples" / "scenarios"


@pytest.fixture(scope="session")
def paper() -> isac.Scenario:
    return isac.Scenario.from_toml(SCENARIOS / "paper.toml")


@pytest.fixture(scope="session")
def paper_design(paper: isac.Scenario) -> isac.Design:
    return paper.design()
