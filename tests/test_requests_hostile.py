"""Requests nobody thought of, to every handler: never a server error, and who is refused has changed nothing.

``tools/hostile.py requests`` sends as many as one likes; here are some hundreds.
"""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from host import sample

from . import hostile_requests as hostile

EXAMPLES, MOST_IN_A_ROW = 220, 4
HANDLERS = [(block_type, handler) for block_type, of_block in hostile.HANDLERS.items() for handler in of_block]
STEADY = {"derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture
def kept_in(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def at(db, kept_in):
    sample.seed()
    with hostile.QuickStore.used():
        yield hostile.Course()


def test_every_handler_has_the_shape_of_a_right_request():
    assert set(hostile.SHAPES) == {handler for _, handler in HANDLERS}
    assert hostile.UNITS.keys() == hostile.HANDLERS.keys()


def test_the_shapes_are_right(at):
    """Else nothing but refusals would be looked at."""
    kept = hostile.Kept()

    def is_answered(sent):
        with kept.forgetting():
            return hostile.hold(sent, kept)[0] == 200

    for block_type, handler in HANDLERS:
        find(hostile.requests(at, [(block_type, handler)], ["right"]), is_answered,
             settings=settings(max_examples=80, phases=[Phase.generate], **STEADY))


def test_any_request_is_answered_and_a_refused_one_changes_nothing(at):
    kept, statuses = hostile.Kept(), []

    @settings(max_examples=EXAMPLES, **STEADY)
    @given(st.lists(hostile.requests(at), min_size=1, max_size=MOST_IN_A_ROW))
    def send(several):
        with kept.forgetting():
            statuses.extend(hostile.hold(sent, kept)[0] for sent in several)

    send()
    assert statuses.count(200) > len(statuses) / 6
    assert {200, 400, 403, 404} <= set(statuses) <= {200, *hostile.REFUSALS}


def test_a_change_after_a_refusal_and_a_server_error_are_noticed(at, monkeypatch):
    """Else the rest would prove nothing."""
    from migrempower_xblock.self_evaluation import SelfEvaluationBlock

    kept = hostile.Kept()
    refused = hostile.Sent("start", "migrempower_self_evaluation", "save_answers", "new", b"[]")
    assert hostile.hold(refused, kept)[0] == 400

    def changing(self):
        self.migrempower_languages = {"own": "es"}
        self.save()

    monkeypatch.setattr(SelfEvaluationBlock, "require_participant", changing)
    with kept.forgetting(), pytest.raises(hostile.Changed):
        hostile.hold(refused, kept)
    monkeypatch.setattr(SelfEvaluationBlock, "require_participant", lambda _: {}["x"])
    with kept.forgetting(), pytest.raises(KeyError):
        hostile.hold(refused, kept)
