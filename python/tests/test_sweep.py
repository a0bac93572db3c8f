"""Sweeps."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import near_field_isac as isac

VALUES: dict[str, list[float]] = {"power.sensing_dbm": [35, 40], "sensing.crlb_threshold_m2": [1e-11, 1e-30]}


def rows(paper: isac.Scenario, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[dict[str, Any]]:
    """Without pandas, whether it is installed or not."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    found = isac.sweep(paper, VALUES, **more)
    assert isinstance(found, list)
    return found


def test_rows_are_the_designs_one_by_one(paper: isac.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    found = rows(paper, monkeypatch, seeds=2, schemes=["zf", "mrt-equal"], threads=3)
    assert len(found) == 2 * 2 * 2 * 2
    assert found == rows(paper, monkeypatch, seeds=2, schemes=["zf", "mrt-equal"], threads=1)
    for row in found:
        scenario = paper.replace(
            {
                **{path: row[path] for path in VALUES},
                "reflectivity.kind": "rayleigh",
                "reflectivity.seed": row["seed"],
            }
        )
        if row["sensing.crlb_threshold_m2"] == 1e-30:
            assert row["status"] == "no-solution" and "unreachable" in row["message"] and row["rate"] is None
        else:
            assert row["status"] == "ok" and row["rate"] == scenario.design(row["scheme"]).rate


def test_a_table_where_pandas_is(paper: isac.Scenario) -> None:
    pandas = pytest.importorskip("pandas")
    table = isac.sweep(paper, {"power.communication_dbm": range(20, 41, 10)}, schemes=["zf"])
    assert isinstance(table, pandas.DataFrame)
    assert table["rate"].is_monotonic_increasing and list(table["power.communication_dbm"]) == [20, 30, 40]


def test_bad_sweeps_are_named(paper: isac.Scenario) -> None:
    with pytest.raises(isac.InputError, match="known are main"):
        isac.sweep(paper, {}, schemes=["nobody"])
    with pytest.raises(isac.InputError, match="power.volume|volume"):
        isac.sweep(paper, {"power.volume": [1]})
    with pytest.raises(isac.InputError, match="threads = 0"):
        isac.sweep(paper, {}, threads=0)
    with pytest.raises(isac.InputError, match="seeds"):
        isac.sweep(paper, {}, seeds=-1)
    with pytest.raises(isac.InputError, match="time allocation"):
        isac.sweep(paper, {}, schemes=["zf"], eta=2.0)
