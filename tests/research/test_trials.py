from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from research.trials import Trial, TrialsError, read_trials, record_trials

TRIAL = Trial("mapping", "ridge", {"penalty": 1.0}, "2003-01-01", "2019-12-31", "abc", {"ir": 0.5})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log" / "trials.jsonl"
    other = replace(TRIAL, name="lasso", result={"ir": None})
    assert record_trials(path, [TRIAL, other]) == 2
    assert read_trials(path) == [TRIAL, other]
    assert not list(tmp_path.rglob("*.partial"))


def test_the_same_evaluation_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    record_trials(path, [TRIAL, TRIAL])
    assert record_trials(path, [replace(TRIAL, result={"ir": 0.7})]) == 0
    assert record_trials(path, [replace(TRIAL, config={"penalty": 2.0})]) == 1
    assert [trial.result for trial in read_trials(path)] == [{"ir": 0.5}, {"ir": 0.5}]


def test_no_log_is_no_trial(tmp_path: Path) -> None:
    assert read_trials(tmp_path / "nothing.jsonl") == []


def test_a_changed_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    record_trials(path, [TRIAL])
    content = json.loads(path.read_text())
    content["config"]["penalty"] = 3.0
    path.write_text(json.dumps(content) + "\n")
    with pytest.raises(TrialsError, match=r"trials\.jsonl, line 1: the id .* does not fit"):
        read_trials(path)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": "x", "unknown": 1}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "trials.jsonl"
    record_trials(path, [TRIAL])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(TrialsError, match=r"trials\.jsonl, line 2: not a trial"):
        read_trials(path)
    before = path.read_text()
    with pytest.raises(TrialsError):
        record_trials(path, [replace(TRIAL, name="other")])
    assert path.read_text() == before


def test_the_published_log_reads() -> None:
    log = Path(__file__).parents[2] / "results" / "published" / "trials.jsonl"
    trials = read_trials(log)
    assert len(trials) >= 18
    assert max(trial.last for trial in trials) <= "2019-12-31"
