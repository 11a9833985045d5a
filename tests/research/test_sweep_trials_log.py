from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

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
