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
}
# The decision core and its maths: no engine, no files, no clock, no network.
IMPURE = {
    "backtrader", "duckdb", "requests", "yfinance", "pathlib", "os", "io", "time", "datetime",
    "socket", "urllib", "http", "subprocess", "random",
}  # fmt: skip
CONCRETE = ("strategies", "sizers", "brokers", "analyzers")
REFUSED_NAMES = {"utils", "helpers", "common", "misc"}
MAX_LINES = 300


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
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_imports(root: Path) -> list[str]:
    found = []
    for package, path in modules(root):
        for name in imports(path):
            top = name.split(".")[0]
            place = path.relative_to(root).as_posix()
            if top in ALLOWED and top not in ALLOWED[package]:
                found.append(f"{place} imports {name}")
            if package == "models" and top in IMPURE:
                found.append(f"{place} imports {name}")
            concrete = package == "research" and top in CONCRETE and path.stem != "assemble"
            if concrete or top == "run_backtest":
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
    return [
        path.relative_to(root).as_posix()
        for _, path in modules(root)
        if path.stem in REFUSED_NAMES or len(path.read_text().splitlines()) > MAX_LINES
    ]


CHECKS = (forbidden_imports, impure_calls, circles, badly_named_or_long)


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_is_in_order(check: object) -> None:
    assert check(ROOT) == []  # type: ignore[operator]


@pytest.mark.parametrize(
    ("check", "files"),
    [
        (forbidden_imports, {"models/a.py": "import feeds.market"}),
        (forbidden_imports, {"models/a.py": "def f():\n    import duckdb"}),
        (forbidden_imports, {"feeds/a.py": "from brokers import commission"}),
        (forbidden_imports, {"reports/a.py": "from research.run import run"}),
        (forbidden_imports, {"research/run.py": "from brokers.simulated import ImpactBroker"}),
        (forbidden_imports, {"research/run.py": "import run_backtest"}),
        (impure_calls, {"models/a.py": "import pandas as pd\npd.Timestamp.now()"}),
        (impure_calls, {"models/a.py": "open('x')"}),
        (circles, {"feeds/a.py": "import feeds.b", "feeds/b.py": "from feeds import a"}),
        (badly_named_or_long, {"models/utils.py": ""}),
        (badly_named_or_long, {"models/a.py": "x = 1\n" * 301}),
    ],
)
def test_every_check_can_fail(check: object, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert check(tmp_path) != []  # type: ignore[operator]
