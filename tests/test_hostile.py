"""Requests nobody thought of: never a server error, and a refusal changes nothing."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrempower_xblock.olx import FRAMEWORK_OLX, InvalidOlx

from .generate import characters
from .test_handlers import HANDLERS, NOW, STATEMENTS, answer, save, state_of
from .test_olx import GOOD

pytestmark = pytest.mark.django_db

scalars = (st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
           | st.sampled_from(["en", "ar", "", "unclear", "private", STATEMENTS[0], NOW, 1, 2, 3]))
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3)
                        | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8)
nearly_an_answer = st.fixed_dictionaries({}, optional={
    "stamp": scalars, "level": scalars, "skip": scalars, "evidence": st.text(characters, max_size=250) | scalars})
nearly_right = st.fixed_dictionaries({}, optional={
    "round": scalars,
    "answers": st.dictionaries(st.sampled_from([*STATEMENTS[:3], "nobody-1"]), nearly_an_answer | anything, max_size=3)
    | anything,
    "own": scalars, "beside": scalars, "shared": scalars, "stamp": scalars,
})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(handler=st.sampled_from([name for name in HANDLERS if name != "delete_data"]), body=nearly_right | anything)
def test_a_generated_request_is_answered_and_a_refused_one_changes_nothing(open_block, call, handler, body):
    block = open_block("end")
    save(call, block, {STATEMENTS[2]: answer()})
    before = state_of(block)
    status, reply = call(block, handler, raw=json.dumps(body).encode())
    assert status in (200, 400, 403, 409)
    if status != 200:
        assert reply["error"]
        assert state_of(block) == before


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(handler=st.sampled_from(HANDLERS), raw=st.binary(max_size=60))
def test_any_bytes_are_answered(open_block, call, handler, raw):
    block = open_block("start", "daniel")
    before = state_of(block)
    status, _ = call(block, handler, raw=raw)
    assert status in (200, 400, 403, 409)
    assert status == 200 or state_of(block) == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), put=st.text(max_size=6))
def test_a_framework_cut_or_garbled_anywhere_loads_and_never_breaks_a_page(make_block, cut, put):
    place = cut % len(GOOD)
    garbled = GOOD[:place] + put + GOOD[place + len(put):]
    try:
        FRAMEWORK_OLX.from_text(garbled)
    except InvalidOlx as error:
        assert all(problem.message and problem.line for problem in error.problems)
    block = make_block("<migrempower_self_evaluation/>")
    block.document = garbled
    assert block.render("student_view").content
    assert block.render("author_view").content
