"""A few random runs at every change; ``make random-runs`` makes as many as wanted."""

import pytest

from .random_runs.server import MortalServer
from .random_runs.stage import live, stage

RUNS = [("self-evaluation", 1), ("self-evaluation", 6), ("module", 1), ("counselling", 1)]


@pytest.fixture(scope="module")
def actors(chromium):
    with stage(chromium.browser_type) as browser_and_server:
        yield browser_and_server


@pytest.mark.parametrize(("kind", "seed"), RUNS)
def test_what_was_last_seen_as_saved_is_what_the_server_holds(actors, kind, seed):
    outcome = live(*actors, kind, seed)
    assert not outcome.defect, outcome.defect
    assert outcome.counts["answers given"]


def test_answers_the_server_drops_are_reported_as_lost(actors, monkeypatch):
    kept = MortalServer.progress
    monkeypatch.setattr(MortalServer, "progress", lambda *which: {**kept(*which), "answers": {}})
    outcome = live(*actors, "self-evaluation", 7)
    assert outcome.counts["answers lost"] > 1, outcome.defect
    assert "the server holds ['', '']" in outcome.defect and "--runs 1 --seed 7" in outcome.defect


@pytest.mark.long
@pytest.mark.parametrize(("kind", "what", "spoil", "counted"), [
    ("module", "get", lambda state: {**state, "answers": {}}, "answers lost"),
    ("counselling", "kept", lambda records: records[:-1], "answers lost"),
    ("module", "kept", lambda records: records * 2, "records or grades too many"),
    ("counselling", "kept", lambda records: records * 2, "records or grades too many"),
    ("self-evaluation", "grades", lambda grades: grades * 2, "records or grades too many"),
], ids=["replies lost", "talks lost", "two runs", "two talks", "two grades"])
def test_what_the_server_loses_or_doubles_is_counted(actors, monkeypatch, kind, what, spoil, counted):
    held = getattr(MortalServer, what)
    monkeypatch.setattr(MortalServer, what, lambda *which: spoil(held(*which)))
    outcome = live(*actors, kind, 11)
    assert outcome.counts[counted], outcome.defect
