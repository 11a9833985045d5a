"""Who may import whom, and what the pure packages must not touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SIBLINGS = ("feeds", "sizers", "brokers", "analyzers", "strategies")
ALLOWED: dict[str, set[str]] = {
    "models": {"models"},
    **{name: {"models", name} for name in SIBLINGS},
    "research": {"models", "research", *SIBLINGS},
    "reports": {"models", "reports"},
    "commands": {"commands", "feeds", "models", "reports", "research"},
}
# The decision core and its maths: no engine, no files, no clock, no network.
IMPURE = {
    "backtrader", "duckdb", "requests", "yfinance", "pathlib", "os", "io", "time", "datetime",
    "socket", "urllib", "http", "subprocess", "random",
}  # fmt: skip
# Keeps machine code in a folder between processes, named by the sources that it was made from.
COMPILER = "models/compiled.py"
CONCRETE = ("strategies", "sizers", "brokers", "analyzers")
REFUSED_NAMES = {"utils", "helpers", "common", "misc"}
USUAL_LINES, MAX_LINES = 250, 300
# Files that may pass the usual length, up to the maximum: one idea that would read worse in two.
LONG = {"feeds/synthetic.py"}


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """(package, file) of every module of the house."""
    for package in ALLOWED:
        for path in sorted((root / package).rglob("*.py")):
            yield package, path


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # Relative imports are refused by their leading dot: btrun loads files by path.
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def forbidden_imports(root: Path) -> list[str]:
    found = []
    for package, path in modules(root):
        for name in imports(path):
            top = name.split(".")[0]
            place = path.relative_to(root).as_posix()
            if top in ALLOWED and top not in ALLOWED[package]:
                found.append(f"{place} imports {name}")
            if package == "models" and top in IMPURE and (place, top) != (COMPILER, "pathlib"):
                found.append(f"{place} imports {name}")
            concrete = (
                package in {"research", "commands"} and top in CONCRETE and path.stem != "assemble"
            )
            if concrete or top in {"", "run_backtest", "benchmarks", "tests"}:
                found.append(f"{place} imports {name}")
    return sorted(set(found))


def impure_calls(root: Path) -> list[str]:
    """`open`, `print` and wall clocks in models."""
    found = []
    for package, path in modules(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if package == "models" and isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"open", "print", "input"} or called.endswith((".now", ".today")):
                    found.append(f"{path.name}: {called}")
    return found


def circles(root: Path) -> list[str]:
    """Modules that import themselves through others."""
    graph = {}
    for _, path in modules(root):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        graph[name] = {target for target in imports(path) if target.split(".")[0] in ALLOWED}
    found = []
    for start in graph:
        reached: set[str] = set()
        stack = list(graph[start] & graph.keys())
        while stack:
            module = stack.pop()
            if module not in reached:
                reached.add(module)
                stack.extend(graph[module] & graph.keys())
        if start in reached:
            found.append(start)
    return found


def badly_named_or_long(root: Path) -> list[str]:
    found = []
    for _, path in modules(root):
        place = path.relative_to(root).as_posix()
        limit = MAX_LINES if place in LONG else USUAL_LINES
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if path.stem in REFUSED_NAMES or lines > limit:
            found.append(f"{place}: {lines} lines")
    return found


CHECKS = (forbidden_imports, impure_calls, circles, badly_named_or_long)


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_is_in_order(check: object) -> None:
    assert {package for package, _ in modules(ROOT)} == set(ALLOWED)
    assert check(ROOT) == []  # type: ignore[operator]


def test_no_file_is_excused_for_a_length_it_no_longer_has() -> None:
    for place in LONG:
        assert len((ROOT / place).read_text(encoding="utf-8").splitlines()) > USUAL_LINES, place


@pytest.mark.parametrize(
    ("check", "files"),
    [
        (forbidden_imports, {"models/a.py": "import feeds.market"}),
        (forbidden_imports, {"models/a.py": "def f():\n    import duckdb"}),
        (forbidden_imports, {"feeds/a.py": "from brokers import commission"}),
        (forbidden_imports, {"reports/a.py": "from research.run import run"}),
        (forbidden_imports, {"research/run.py": "from brokers.simulated import ImpactBroker"}),
        (forbidden_imports, {"research/run.py": "import run_backtest"}),
        (forbidden_imports, {"feeds/a.py": "from . import market"}),
        (forbidden_imports, {"reports/a.py": "from tests.conftest import random_bars"}),
        (impure_calls, {"models/a.py": "import pandas as pd\npd.Timestamp.now()"}),
        (impure_calls, {"models/a.py": "open('x')"}),
        (circles, {"feeds/a.py": "import feeds.b", "feeds/b.py": "from feeds import a"}),
        (badly_named_or_long, {"models/utils.py": ""}),
        (badly_named_or_long, {"feeds/synthetic.py": "x = 1\n" * 301}),
        (badly_named_or_long, {"models/a.py": "x = 1\n" * 251}),
    ],
)
def test_every_check_can_fail(check: object, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert check(tmp_path) != []  # type: ignore[operator]
