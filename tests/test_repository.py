"""Hygiene of the tracked files."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(lock: str) -> dict[str, list[str]]:
    """Package -> pinned versions (several where they depend on the Python version)."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / lock).read_text(), re.M):
        found.setdefault(name.lower(), []).append(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_host_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert len(entries) > 40
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    content = project()
    asked = {
        "requirements.lock": content["dependencies"],
        "requirements-dev.lock": [
            *content["dependencies"],  # type: ignore[misc]
            *content["optional-dependencies"]["dev"],  # type: ignore[index]
        ],
    }
    for lock, requirements in asked.items():
        pinned = pins(lock)
        for text in requirements:  # type: ignore[attr-defined]
            requirement = Requirement(text)
            versions = pinned.get(requirement.name.lower(), [])
            assert versions, f"{lock} lacks {text}"
            assert all(requirement.specifier.contains(version) for version in versions), text


def test_the_dev_lock_holds_the_base_lock() -> None:
    base, dev = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: dev.get(name) for name in base} == base


def test_no_machine_path_credential_or_registry_in_any_file() -> None:
    hosts = "|".join(("pypi", "pythonhosted"))
    unwanted = re.compile(
        rf"(/home/\w|/Users/\w|/root/|/work/\w|https?://[\w.]*({hosts})\.org|BEGIN \w+ PRIVATE KEY)"
    )
    assert unwanted.search("see /home/someone")
    for path in tracked():
        if path.suffix not in {".png", ".parquet"}:
            hit = unwanted.search(path.read_text(encoding="utf-8"))
            assert hit is None or path == Path(__file__), f"{path}: {hit}"


def test_no_large_file_and_no_uv_lock() -> None:
    for path in tracked():
        assert path.stat().st_size < 1_000_000, path
        assert path.name != "uv.lock"


def test_what_a_newcomer_looks_for_is_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", ".ci/run"):
        assert (ROOT / name).is_file(), name
    makefile = (ROOT / "Makefile").read_text()
    for target in ("backtest", "test", "lint", "bench"):
        assert re.search(rf"^{target}:", makefile, re.M), target
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text()


def test_the_changelog_starts_with_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert versions[0] == project()["version"]


def test_every_package_folder_is_listed() -> None:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(content["tool"]["setuptools"]["packages"])
    present = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    assert present <= listed


def test_readme_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
