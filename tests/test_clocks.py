"""No test fails because a machine is slow or busy."""

import ast
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
CLOCKS = {"monotonic", "perf_counter", "process_time", "time"}


def test_no_example_of_a_property_has_a_deadline() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_no_assertion_reads_a_clock(path: Path) -> None:
    """Not in the assertion itself, and not through a name that holds what a clock said."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        timed = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and reads_a_clock(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in (n for n in ast.walk(function) if isinstance(n, ast.Assert)):
            names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            assert not reads_a_clock(node.test), f"line {node.lineno}"
            assert not names & timed, f"line {node.lineno}"


def reads_a_clock(tree: ast.AST) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        isinstance(call, ast.Attribute)
        and call.attr in CLOCKS
        and isinstance(call.value, ast.Name)
        and call.value.id == "time"
        for call in calls
    )
