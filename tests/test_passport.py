"""The passport: path, plan, experience and document from the learner's own records, and everything deleted at once."""

import io
import itertools
import json
import re
from datetime import UTC, datetime

import docx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from submissions.models import StudentItem, Submission
from workbench.models import XBlockState

from host import sample
from host.people import EVERYBODY
from migrempower_xblock import records
from migrempower_xblock.competences.portfolio import MOST_ENTRIES, Portfolio, read_changes
from migrempower_xblock.merging import BadAnswer

from .test_handlers import NOW, STATEMENTS, everything, hand_in
from .test_trainers import VIEW, text, view_of

FILES = ("pdf", "docx", "json", "elm")


@pytest.fixture
def named(db):
    sample.seed()


def keep(call, block, answers, number=1):
    return call(block, "save_answers", {"number": number, "answers": answers})


def file_of(call, block, kind):
    status, response = call(block, "download", method="GET", suffix=kind)
    assert status == 200
    return json.dumps(response).encode() if isinstance(response, dict) else response.body


def pdf_text(body):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


# -- what the learner adds ---------------------------------------------------------------------------------------------

names = st.sampled_from(["step:a", "step:b", "experience:own/c", "experience:migrempower/contract-1", "choices"])
values = {"step": st.fixed_dictionaries({}, optional={"will": st.text(max_size=20), "done": st.booleans(),
                                                      "on": st.sampled_from(["", "2026-12-01"])}),
          "experience": st.fixed_dictionaries({}, optional={"did": st.text(max_size=20), "private": st.booleans()}),
          "choices": st.fixed_dictionaries({}, optional={"name": st.text(max_size=20), "host": st.just("es")})}
changes = names.flatmap(lambda name: st.tuples(
    st.just(name), st.integers(0, NOW), values[name.split(":")[0]])).map(
        lambda found: {found[0]: {"stamp": found[1], **found[2]}})


@given(several=st.lists(changes, max_size=5))
def test_entries_come_together_whatever_the_order_and_however_often(several):
    read = [read_changes(each, NOW) for each in several]
    results = []
    for order in itertools.islice(itertools.permutations(read), 24):
        portfolio = Portfolio()
        for each in (*order, *order[:2]):
            portfolio = portfolio.merged(each)
        results.append(portfolio.entries)
    assert all(each == results[0] for each in results)
    assert Portfolio.from_json(json.loads(json.dumps(Portfolio(1, results[0]).to_json()))).entries == results[0]


@pytest.mark.parametrize("bad", [
    None, [], 3, {"step:a": None}, {"step:a": {"will": "x"}}, {"step:a": {"stamp": 1, "will": 3}},
    {"step:a": {"stamp": 1, "colour": "red"}}, {"step:a": {"stamp": 1, "will": "x" * 301}},
    {"step:a": {"stamp": 1, "done": "yes"}}, {"step:a": {"stamp": 1, "on": "tomorrow"}},
    {"step:A B": {"stamp": 1}}, {"else:a": {"stamp": 1}}, {"": {"stamp": 1}}, {"choices": {"stamp": 1, "host": "<b>"}},
    {"step:a": {"stamp": True, "will": "x"}}, {"step:a": {"stamp": -1}}, {"experience:own/" + "x" * 200: {"stamp": 1}}])
def test_what_makes_no_sense_is_refused_whole(bad):
    with pytest.raises(BadAnswer):
        read_changes({"step:good": {"stamp": 1, "will": "y"}, **bad} if isinstance(bad, dict) else bad, NOW)


def test_there_is_an_end_to_entries():
    full = Portfolio().merged(read_changes({f"step:{number}": {"stamp": 1} for number in range(MOST_ENTRIES)}, NOW))
    with pytest.raises(BadAnswer):
        full.merged(read_changes({"step:one-more": {"stamp": 1}}, NOW))


def test_what_is_written_is_kept_and_a_repeated_request_changes_nothing(named, open_block, call, fresh):
    block = open_block("passport", "amira")
    body = {"step:a": {"stamp": NOW - 5, "will": "Ask for a contract", "on": "2026-12-01", "with": "Noor",
                       "done": False}}
    status, reply = keep(call, block, body)
    assert status == 200 and reply["answers"] == {"step:a": {"stamp": NOW - 5, "will": "Ask for a contract",
                                                             "on": "2026-12-01", "with": "Noor"}}
    before = fresh(block).progress
    assert keep(call, block, body)[0] == 200 and fresh(block).progress == before
    late = keep(call, block, {"step:a": {"stamp": NOW - 9, "will": "older"}})[1]
    assert late["answers"]["step:a"]["will"] == "Ask for a contract"
    assert "Ask for a contract" in fresh(block).render("student_view").content
    assert keep(call, block, {"step:a": {"stamp": NOW - 3, "will": 3}})[0] == 400 and fresh(block).progress == before
    assert keep(call, block, {}, number=2)[0] == 409


# -- access ------------------------------------------------------------------------------------------------------------

HANDLERS = {"page": {}, "save_answers": {"number": 1, "answers": {}}, "preview": {}, "choose_languages": {"own": "es"},
            "share_block": {"block": "x", "shared": True, "stamp": 1}, "delete_data": {},
            "answer_view": {"session": "x", "text": "", "stamp": 1}}


def test_a_visitor_and_bodies_that_are_no_object_get_nothing(named, open_block, call):
    for handler, body in HANDLERS.items():
        assert call(open_block("passport", "visitor"), handler, body)[0] == 403
        for raw in (b"null", b"[]", b"3", b"{", b"\xff"):
            assert call(open_block("passport", "amira"), handler, raw=raw)[0] == 400
    assert call(open_block("passport", "visitor"), "download", method="GET", suffix="pdf")[0] == 403
    assert "mige-rooms" not in open_block("passport", "visitor").render("student_view").content
    for suffix in ("", "exe", "../all"):
        assert call(open_block("passport", "amira"), "download", method="GET", suffix=suffix)[0] == 404


def test_who_is_not_enrolled_is_refused(named, open_block, call, monkeypatch):
    monkeypatch.setattr("migrempower_xblock.platform.is_enrolled", lambda block, person: False)
    for handler, body in HANDLERS.items():
        assert call(open_block("passport", "amira"), handler, body)[0] == 403


def test_the_trainer_sees_the_plan_only_where_it_is_shared(named, open_block, call):
    mine, report = open_block("passport", "amira"), open_block("cohort-report", "trainer")
    keep(call, mine, {"step:a": {"stamp": NOW, "will": "PLAN"}, "experience:own/b": {"stamp": NOW, "did": "DID"},
                      "experience:own/c": {"stamp": NOW, "did": "SECRET", "private": True}})
    learner = {"learner": EVERYBODY["amira"].anonymous_id}
    assert "PLAN" not in call(report, "profile", learner)[1]["html"]
    body = {"block": str(mine.scope_ids.usage_id), "shared": True, "stamp": NOW}
    assert call(mine, "share_block", body)[1] == {"shared": True}
    html = call(report, "profile", learner)[1]["html"]
    assert "PLAN" in html and "DID" in html and "SECRET" not in html


# -- the page ----------------------------------------------------------------------------------------------------------

def test_the_path_has_dated_series_with_what_grew_most_first(named, open_block):
    html = open_block("passport", "grace").render("student_view").content
    words = text(html.split('data-screen="plan"')[0])
    assert "What grew most" in words and "At the start" in words and "At the end" in words and "Looking back" in words
    history = records.history(EVERYBODY["grace"].anonymous_id, open_block("passport").place.course)
    start, end = (next(each.ratings for each in history.rounds if each.moment == moment) for moment in ("start", "end"))
    grown = max((end[each] - start[each], each) for each in end if each in start)[0]
    first = re.search(r"What grew most</h3><ul.*?<summary[^>]*>(.*?)</summary>", html, re.DOTALL)[1]
    framework = open_block("start").load_document()
    found = next(each.id for each in framework.competences if each.title["en"] == first)
    assert end[found] - start[found] == pytest.approx(grown)


def test_agreed_steps_appear_and_can_be_ticked_and_answered(named, open_block, call, fresh):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    mine = open_block("passport", "amira")
    name = f"agreed:{VIEW['session']}/0"
    html = fresh(mine).render("student_view").content
    assert f'data-entry="{name}"' in html and "Ask for the contract" in html
    assert keep(call, mine, {name: {"stamp": NOW, "done": True}})[0] == 200
    assert re.search(rf'data-entry="{name}"><label[^>]*><input[^>]*checked', fresh(mine).render("student_view").content)
    answer = {"session": VIEW["session"], "text": "I will", "stamp": 1}
    assert call(mine, "answer_view", answer)[1] == {"text": "I will"}


def test_a_new_learner_is_told_what_to_do_first(named, open_block):
    words = text(open_block("passport", "new").render("student_view").content)
    assert "Do a self-evaluation first" in words


def test_the_page_asks_a_constant_number_of_queries(named, open_block, call):
    def queries(person):
        with CaptureQueriesContext(connection) as found:
            open_block("passport", person).render("student_view")
        return len(found)

    keep(call, open_block("passport", "amira"), {"step:first": {"stamp": NOW, "will": "x"}})
    queries("amira")  # what is read once a process
    few = queries("amira")
    for number in range(30):
        keep(call, open_block("passport", "amira"), {f"step:{number}": {"stamp": NOW, "will": "x"}})
    assert queries("amira") == few


def test_what_people_write_is_never_markup(named, open_block, call, fresh):
    bad = "<script>alert(1)</script>"
    mine = open_block("passport", "amira")
    keep(call, mine, {"step:a": {"stamp": NOW, "will": bad},
                      "experience:own/b": {"stamp": NOW, "did": bad, "where": bad},
                      "choices": {"stamp": NOW, "name": bad}})
    for html in (fresh(mine).render("student_view").content, call(mine, "preview")[1]["html"]):
        assert "<script>alert" not in html and "&lt;script&gt;alert" in html


# -- the document ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", FILES)
def test_each_file_has_what_was_chosen_and_says_that_it_is_self_declared(named, open_block, call, kind):
    mine = open_block("passport", "grace")
    keep(call, mine, {"choices": {"stamp": NOW, "name": "Grace O.", "host": "en"},
                      "step:a": {"stamp": NOW, "will": "Visit the library", "with": "Samuel"},
                      "experience:own/b": {"stamp": NOW, "did": "Cooked for forty people", "where": "School"},
                      "experience:own/c": {"stamp": NOW, "did": "Nobody shall read this", "private": True}})
    body = file_of(call, mine, kind)
    if kind == "pdf":
        found = pdf_text(body)
    elif kind == "docx":
        found = "\n".join(node.text or "" for node in docx.Document(io.BytesIO(body)).element.iter() if node.text)
    else:
        found = json.dumps(json.loads(body), ensure_ascii=False)
    found = re.sub(r"\s+", " ", found)
    for words in ("Grace O.", "Visit the library", "Cooked for forty people", "elf-declared"):
        assert words in found, words
    assert "Nobody shall read this" not in found


def test_the_learner_chooses_what_goes_in(named, open_block, call):
    mine = open_block("passport", "grace")
    keep(call, mine, {"step:a": {"stamp": NOW, "will": "Visit the library"}})
    assert "Visit the library" in call(mine, "preview")[1]["html"]
    keep(call, mine, {"choices": {"stamp": NOW, "without_plan": True, "without_strengths": True}})
    html = call(mine, "preview")[1]["html"]
    assert "Visit the library" not in html and "My strengths</span></h4>" not in html


@pytest.mark.parametrize(("host", "own"), [("en", "ar"), ("es", ""), ("ar", "es")])
def test_the_document_speaks_the_chosen_languages(named, open_block, call, host, own):
    mine = open_block("passport", "grace")
    keep(call, mine, {"choices": {"stamp": NOW, "host": host, **({"own": own} if own else {})}})
    html = call(mine, "preview")[1]["html"]
    assert set(re.findall(r'lang="(\w+)"', html)) == {each for each in (host, own) if each}


def test_older_versions_removed_competences_and_damaged_rows_leave_a_document_with_a_note(named, open_block, call):
    grace = EVERYBODY["grace"].anonymous_id
    first, second, *_ = Submission.objects.filter(student_item__student_id=grace,
                                                  student_item__item_type=records.ROUNDS).order_by("submitted_at")
    Submission.objects.filter(pk=first.pk).update(answer={"broken": 1})
    Submission.objects.filter(pk=second.pk).update(answer={
        **second.answer, "version": "0.1", "ratings": {**second.answer["ratings"], "gone-competence": 0.5}})
    mine = open_block("passport", "grace")
    for kind in FILES:
        assert file_of(call, mine, kind)
    words = text(call(mine, "preview")[1]["html"])
    assert "version 0.1" in words and "gone-competence" in words and "They are left out." in words


@given(words=st.text(min_size=1, max_size=300))
def test_any_words_make_a_readable_document(words):
    from migrempower_xblock.documents import FORMATS
    from migrempower_xblock.documents.model import Document, Experience

    document = Document(datetime.now(UTC), ("en", "ar"), words[:90], experiences=(Experience(words),))
    assert FORMATS["pdf"].write(document).startswith(b"%PDF")


# -- who can see this --------------------------------------------------------------------------------------------------

def test_sharing_is_changed_for_each_activity_in_one_place(named, open_block, call):
    mine, start = open_block("passport", "mateo"), str(open_block("start").scope_ids.usage_id)
    assert call(mine, "share_block", {"block": start, "shared": True, "stamp": NOW})[1] == {"shared": True}
    assert start in records.history(EVERYBODY["mateo"].anonymous_id, mine.place.course).shared_blocks
    assert call(mine, "share_block", {"block": start, "shared": False, "stamp": NOW - 9})[1] == {"shared": True}  # late
    for block in ("nowhere", str(open_block("two-on-one-page").scope_ids.usage_id)):
        assert call(mine, "share_block", {"block": block, "shared": True, "stamp": NOW})[0] == 404
    for change in ({"block": 3}, {"shared": "yes"}, {"stamp": "1"}, {"stamp": True}):
        assert call(mine, "share_block", {"block": start, "shared": True, "stamp": 1, **change})[0] == 400


def test_everything_held_comes_in_one_file_without_any_key(named, open_block, call):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    data = json.loads(file_of(call, open_block("passport", "amira"), "all"))
    assert [each["title"] for each in data["activities"]][:2] == ["What I can do", "What I can do now"]
    assert sum(len(each.get("rounds", [])) for each in data["activities"]) == 3
    views = [view for each in data["activities"] for view in each.get("trainers_views", [])]
    assert any(view["comment"] == "Well done." for view in views)
    hand_in(call, open_block("start", "new"), everything())
    call(open_block("secrets", "new"), "hand_in", {"run": 1, "answers": {}})
    assert "SECRET" not in file_of(call, open_block("passport", "new"), "all").decode().upper().replace('"SECRETS', "")


def test_deleting_everything_leaves_no_row_and_points_stay(named, open_block, call, fresh):
    from host.models import Grade

    end, amira = open_block("end", "trainer"), EVERYBODY["amira"]
    call(end, "save_view", view_of(end))
    mine = open_block("passport", "amira")
    call(open_block("end", "amira"), "answer_view", {"session": VIEW["session"], "text": "x", "stamp": 1})
    keep(call, mine, {"step:a": {"stamp": NOW, "will": "WORDS"}})
    call(open_block("my-skills", "amira"), "save_answers", {"run": 1, "answers": {}})
    grades = list(Grade.objects.filter(learner="amira").values_list("block", "earned"))
    assert call(mine, "delete_data")[0] == 200
    assert not StudentItem.objects.filter(student_id=amira.anonymous_id).exists()
    for state in XBlockState.objects.filter(user_id=amira.anonymous_id).values_list("state", flat=True):
        held = json.loads(state).get("progress", {})
        assert not held.get("answers") and not held.get("entries") and not held.get("tries")
    assert list(Grade.objects.filter(learner="amira").values_list("block", "earned")) == grades
    assert keep(call, mine, {"step:a": {"stamp": NOW, "will": "late"}})[0] == 409
    assert "mige-series" not in fresh(mine).render("student_view").content
    others = StudentItem.objects.filter(student_id=EVERYBODY["lucia"].anonymous_id)
    assert others.exists()


def test_an_evidence_becomes_an_experience_and_editing_it_changes_no_round(named, open_block, call, fresh):
    hand_in(call, open_block("start", "new"), everything() | {
        STATEMENTS[0]: {"stamp": NOW - 60_000, "level": 3, "evidence": "At the bakery"}})
    mine = open_block("passport", "new")
    name = f"experience:migrempower/{STATEMENTS[0]}"
    assert f'data-entry="{name}"' in fresh(mine).render("student_view").content
    keep(call, mine, {name: {"stamp": NOW, "did": "At the big bakery", "where": "Madrid"}})
    assert "At the big bakery" in call(mine, "preview")[1]["html"]
    kept = records.history(EVERYBODY["new"].anonymous_id, mine.place.course).rounds[-1].answers[STATEMENTS[0]]
    assert kept.evidence == "At the bakery"
    keep(call, mine, {name: {"stamp": NOW + 1, "did": "At the big bakery", "private": True}})
    assert "bakery" not in call(mine, "preview")[1]["html"]


def test_where_marks_may_not_be_told_the_passport_tells_none(named, open_block, call, monkeypatch):
    monkeypatch.setattr("migrempower_xblock.platform.shows_correctness", lambda block: False)
    mine = open_block("passport", "grace")
    assert "mige-training" not in mine.render("student_view").content
    assert '"earned"' not in file_of(call, mine, "all").decode()
