"""Every public name is documented, with shapes and units, and stands in docs/python.md."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import near_field_isac as isac

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
UNITS = re.compile(r"m²|\bm\b|\bW\b|sqrt\(W\)|dB|Hz|linear|[Nn]o unit|units?\b|counted|rad\b")
NUMBERS = re.compile(r"float|Floats|Complexes|NDArray")


def modules() -> list[str]:
    return [f"near_field_isac.{module.name}" for module in pkgutil.iter_modules(isac.__path__) if module.name != "_native"]


def classes() -> Iterator[type]:
    names = [getattr(isac, name) for name in isac.__all__]
    yield from (value for value in names if inspect.isclass(value))


def fields(kind: type) -> dict[str, str]:
    """The text below each field of a class, from its source."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(kind)).body if isinstance(node, ast.ClassDef))
    found = {}
    for node, after in zip(body, [*body[1:], ast.Pass()]):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = after.value if isinstance(after, ast.Expr) else None
            found[node.target.id] = str(text.value) if isinstance(text, ast.Constant) else ""
    return found


@pytest.mark.parametrize("name", isac.__all__)
def test_every_name_has_a_docstring_of_its_own_and_is_in_the_page(name: str) -> None:
    value = getattr(isac, name)
    text = inspect.getdoc(value) or ""
    # Without one, a dataclass shows its signature.
    assert len(text) > 20 and not text.startswith(f"{name}(")
    page = PAGE.read_text(encoding="utf-8")
    assert re.search(rf"`{name}\b|`plot\." if name == "plot" else rf"`{name}`", page), f"{name} is not in docs/python.md"
    if inspect.isfunction(value) and value.__annotations__["return"] != "list[str]":
        assert UNITS.search(text), f"{name}: no units"


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_members_say_what_they_are(kind: type) -> None:
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        assert (inspect.getdoc(function) or "").strip(), f"{kind.__name__}.{name}"
        if NUMBERS.search(str(function.__annotations__.get("return", ""))):
            text = inspect.getdoc(function) or ""
            assert UNITS.search(text), f"{kind.__name__}.{name}: no unit in {text!r}"
    if not dataclasses.is_dataclass(kind):
        return
    texts = fields(kind)
    for field in dataclasses.fields(kind):
        if field.name in vars(kind).get("__annotations__", {}):
            assert texts[field.name], f"{kind.__name__}.{field.name}"
            if NUMBERS.search(str(field.type)):
                assert UNITS.search(texts[field.name]), f"{kind.__name__}.{field.name}: no unit in {texts[field.name]!r}"


def test_pictures_are_in_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    drawn = [name for name, value in vars(isac.plot).items() if inspect.isfunction(value) and not name.startswith("_")]
    assert len(drawn) == 4
    for name in drawn:
        assert f"`plot.{name}`" in page and inspect.getdoc(getattr(isac.plot, name))


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0
