from __future__ import annotations

import json
from pathlib import Path

import pytest

from research.results_folder import write_folder, write_json


def content(text: str) -> object:
    def fill(folder: Path) -> None:
        (folder / "said").write_text(text)

    return fill


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    for text in ("one", "two"):
        folder = write_folder(tmp_path, "run", content(text))  # type: ignore[arg-type]
        assert (folder / "said").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_another_process_that_was_faster_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It appears between our two renames; its folder is as good as ours."""
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        if target.name == "run" and not target.exists():
            target.mkdir()
            (target / "said").write_text("theirs")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    folder = write_folder(tmp_path, "run", content("ours"))  # type: ignore[arg-type]
    assert (folder / "said").read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failed_rename_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path, "run", content("old"))  # type: ignore[arg-type]
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target.name == "run" and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="No space left"):
        write_folder(tmp_path, "run", content("new"))  # type: ignore[arg-type]
    assert (tmp_path / "run" / "said").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_json_has_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"a": None, "b": 1.5})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": None, "b": 1.5}
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "b.json", {"a": float("nan")})
