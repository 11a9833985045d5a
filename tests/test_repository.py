"""Hygiene of the tracked files: each rule returns its offences, and is shown to find one."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")
MAX_BYTES = 1_000_000
HOSTS = "|".join(("pypi", "pythonhosted"))
UNWANTED = re.compile(
    rf"(/home/\w|/Users/\w|/root/\w|/work/\w|\b({HOSTS})\.org|https?://\S+/simple\b"
    r"|BEGIN \w+ PRIVATE KEY)"
)


def tracked(root: Path) -> list[Path]:
    # A checkout that belongs to somebody else (a CI job as root) is still a checkout.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def entries(lock: str) -> list[str]:
    """The lock file's text, one pinned package each."""
    return re.split(r"^(?=\S+==)", lock, flags=re.M)[1:]


def pins(lock: str) -> dict[str, set[str]]:
    """Package -> pinned versions (several where they depend on the Python version)."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        name, version = re.split(r"==|[\s;\\]", entry, maxsplit=2)[:2]
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def unlocked(lock: str) -> list[str]:
    """Hosts, options that name one, and entries without a hash."""
    lines = [line for line in lock.splitlines() if "://" in line or line.startswith("-")]
    loose = [entry.splitlines()[0] for entry in entries(lock) if "--hash=sha256:" not in entry]
    return lines + loose


def unsatisfied(requirements: Iterable[str], lock: str) -> list[str]:
    """Requirements that the lock does not pin, or pins outside of what was asked for."""
    pinned = pins(lock)
    found = []
    for text in requirements:
        requirement = Requirement(text)
        versions = pinned.get(canonicalize_name(requirement.name), set())
        if not versions or not all(requirement.specifier.contains(one) for one in versions):
            found.append(text)
    return found


def offending(paths: Iterable[Path]) -> list[str]:
    """Large files, a second lock, and text that belongs to one machine or one registry."""
    found = []
    for path in paths:
        content = path.read_bytes()
        hit = UNWANTED.search(content.decode(errors="replace"))
        if len(content) > MAX_BYTES or path.name == "uv.lock" or hit:
            found.append(f"{path.name}: {hit.group() if hit else len(content)}")
    return found


def dead_links(page: Path) -> list[str]:
    """Relative links of a Markdown page that lead nowhere."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    return [f"{page.name}: {one}" for one in targets if not (page.parent / one).exists()]


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_host_and_hashes_everything(lock: str) -> None:
    assert len(entries(read(lock))) > 40
    assert unlocked(read(lock)) == []


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    asked = settings()["project"]
    assert unsatisfied(asked["dependencies"], read(LOCKS[0])) == []
    everything = asked["dependencies"] + asked["optional-dependencies"]["dev"]
    assert unsatisfied(everything, read(LOCKS[1])) == []


def test_the_dev_lock_holds_the_base_lock() -> None:
    base, dev = pins(read(LOCKS[0])), pins(read(LOCKS[1]))
    assert {name: dev.get(name) for name in base} == base


def test_no_tracked_file_is_large_or_tied_to_a_machine_or_registry() -> None:
    paths = tracked(ROOT)
    assert ROOT / "pyproject.toml" in paths
    assert offending(paths) == []


def test_what_a_newcomer_looks_for_is_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci/run"):
        assert (ROOT / name).is_file(), name
    for target in ("backtest", "test", "lint", "bench", "lock", "clean", "help"):
        assert re.search(rf"^{target}:", read("Makefile"), re.M), target
    assert "GNU GENERAL PUBLIC LICENSE" in read("LICENSE")


def test_the_changelog_starts_with_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.M)
    assert versions[0] == settings()["project"]["version"]


def test_every_package_folder_is_listed() -> None:
    listed = set(settings()["tool"]["setuptools"]["packages"])
    present = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    assert present <= listed


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    assert dead_links(ROOT / page) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (unlocked, "--index-url somewhere\nnumpy==2.4.6 \\\n    --hash=sha256:0"),
        (unlocked, "numpy==2.4.6 \\\n    --hash=sha256:0\n    # from http://mirror"),
        (unlocked, "numpy==2.4.6\npandas==3.1.1 \\\n    --hash=sha256:0"),
        (lambda lock: unsatisfied(["numpy>=3"], lock), "numpy==2.4.6 \\\n    --hash=sha256:0"),
        (lambda lock: unsatisfied(["pandas"], lock), "numpy==2.4.6 \\\n    --hash=sha256:0"),
    ],
)
def test_each_rule_of_the_lock_can_fail(rule: Callable[[str], list[str]], text: str) -> None:
    assert len(rule(text)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("large.bin", b"0" * (MAX_BYTES + 1)),
        ("uv.lock", b""),
        ("home.md", b"see /" + b"home/someone"),
        ("host.md", b"from files." + b"pythonhosted" + b".org"),
        ("mirror.cfg", b"index = https:" + b"//mirror.example/simple"),
        ("key.pem", b"BEGIN RSA " + b"PRIVATE KEY"),
    ],
)
def test_each_rule_of_the_files_can_fail(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "fine.py").write_text("x = 1\n")
    assert len(offending([tmp_path / name, tmp_path / "fine.py"])) == 1


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](page.md) [b](gone.md#part) [c](https://example.org) [d](#part)")
    assert dead_links(page) == ["page.md: gone.md"]
