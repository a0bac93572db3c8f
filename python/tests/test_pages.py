"""The Python on the repository's pages runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy
import pytest

import near_field_isac as isac

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_runs(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Block after block, with channels ``H`` and a Hermitian ``A`` of the reader's own."""
    if page == "docs/python.md":
        pytest.importorskip("pandas")
    monkeypatch.chdir(ROOT)
    rng = numpy.random.default_rng(0)
    channels = rng.normal(size=(2, 2, 4)) + 1j * rng.normal(size=(2, 2, 4))
    names = {"H": channels, "A": channels[0, 0][:, None] * channels[0, 0].conj(), "numpy": numpy}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), names)  # noqa: S102
    design = names["design"]
    assert isinstance(design, isac.Design)
    if page == "README.md":
        assert repr(design.rate) in capsys.readouterr().out
