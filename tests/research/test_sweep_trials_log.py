from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.trials import Trial, TrialsError, TrialsLog, read_trials, record_trials

TRIAL = Trial("sweep", "a", {"penalty": 1.0}, "2003-01-01", "2019-12-31", "abc", {"ir": 0.5})
OTHERS = [replace(TRIAL, name=f"number {number}") for number in range(50)]


def test_batches_are_appended_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "trials.jsonl"
    log = TrialsLog(path)
    assert log.append([TRIAL, TRIAL, *OTHERS[:2]]) == 3
    assert log.append([replace(TRIAL, result={}), *OTHERS]) == 48
    assert read_trials(path) == [TRIAL, *OTHERS]
    assert len(log) == len(TrialsLog(path)) == 51
    assert TrialsLog(path).append(OTHERS) == 0


def test_both_ways_write_the_same_bytes(tmp_path: Path) -> None:
    record_trials(tmp_path / "whole.jsonl", OTHERS)
    TrialsLog(tmp_path / "appended.jsonl").append(OTHERS)
    assert (tmp_path / "whole.jsonl").read_bytes() == (tmp_path / "appended.jsonl").read_bytes()


def test_a_write_that_was_cut_off_is_removed_and_a_whole_line_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    TrialsLog(path).append(OTHERS[:3])
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    log = TrialsLog(path)
    assert len(log) == 2
    assert log.append(OTHERS[:3]) == 1
    assert path.read_bytes() == content
    path.write_bytes(content[:-1])
    assert len(TrialsLog(path)) == 3
    assert path.read_bytes() == content


def test_a_damaged_line_in_the_middle_stops_the_log(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text("{\n")
    with pytest.raises(TrialsError, match=r"trials\.jsonl, line 1: not a trial"):
        TrialsLog(path)


TEXTS = st.text()
CONFIGS = st.dictionaries(TEXTS, st.booleans() | st.integers() | st.floats(0, 1) | TEXTS)


@given(TEXTS, TEXTS, CONFIGS, st.dictionaries(TEXTS, st.none() | st.floats(-9, 9)))
def test_a_line_is_the_trial_as_json_with_sorted_keys(
    tmp_path_factory: pytest.TempPathFactory,
    study: str,
    name: str,
    config: dict[str, object],
    result: dict[str, float | None],
) -> None:
    path = tmp_path_factory.mktemp("log") / "trials.jsonl"
    trial = Trial(study, name, config, "2003-01-01", "2019-12-31", "abc", result)
    TrialsLog(path).append([trial])
    content = json.dumps({"id": trial.trial_id, **vars(trial)}, sort_keys=True)
    assert path.read_text(encoding="utf-8") == content + "\n"
    assert read_trials(path) == [trial]


def test_the_last_line_may_be_longer_than_what_is_looked_at_together(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    long = replace(TRIAL, config={"text": "x" * 200_000})
    TrialsLog(path).append([TRIAL, long])
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    assert len(TrialsLog(path)) == 1
    TrialsLog(path).append([long])
    assert path.read_bytes() == content
