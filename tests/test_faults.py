"""What breaks beside us: the database in a request, a full disk, a record cut by hand. All is well after."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection, transaction
from submissions.models import StudentItem, Submission

from host import people, sample
from host.models import Grade
from migrempower_xblock import records
from migrempower_xblock.competences.views import TrainersView

from .test_handlers import NOW, STATEMENTS, answer, arguments, everything, hand_in

pytestmark = pytest.mark.django_db


# -- the database ------------------------------------------------------------------------------------------------------

@contextmanager
def database(gone_after):
    """Lose the database after so many statements; it takes back what was not committed, as databases do."""
    seen = []

    def execute(run, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(sql)
            if len(seen) > gone_after:
                raise OperationalError("server closed the connection unexpectedly")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield seen


def kept(block):
    """Return all that is kept of a learner, without what tells only of time."""
    block = block.runtime.get_block(block.scope_ids.usage_id)
    progress = dict(block.progress)
    rows = list(Submission.objects.order_by("id").values_list("student_item__item_type", "attempt_number", "answer"))
    return progress, rows, list(Grade.objects.order_by("id").values_list("learner", "block", "earned", "completion"))


REQUESTS = {
    "save_answers": {"round": 1, "answers": {STATEMENTS[1]: answer(3)}},
    "hand_in": {"round": 1, "answers": everything()},
    "share": {"shared": True, "stamp": NOW},
    "delete_data": {},
    "choose_languages": {"own": "ar", "beside": "en"},
}


def begin(open_block, call):
    """Give a learner one answer, and nothing else."""
    Submission.objects.all().delete()
    StudentItem.objects.all().delete()
    Grade.objects.all().delete()
    block = open_block()
    block.progress = {}
    block.save()
    call(block, "save_answers", {"round": 1, "answers": {STATEMENTS[0]: answer(1)}})
    return block


@pytest.mark.parametrize("handler", REQUESTS)
def test_a_request_that_loses_the_database_anywhere_changes_nothing_and_can_be_repeated(open_block, call, handler):
    """Each request is a transaction, as the LMS makes it."""
    body = REQUESTS[handler]
    block = begin(open_block, call)
    before = kept(block)
    with database(gone_after=10**6) as statements:
        assert call(block, handler, body)[0] == 200
    after = kept(block)
    assert len(statements) > 3
    for number, statement in enumerate(statements):
        block = begin(open_block, call)
        try:
            with database(gone_after=number), transaction.atomic():
                call(block, handler, body)
        except OperationalError:
            assert kept(block) == before, statement
        else:
            assert number > 0.7 * len(statements)  # the first time had rows to make that stay
            break
        assert call(block, handler, body)[0] == 200
        assert kept(block) == after, statement


# -- the disk ----------------------------------------------------------------------------------------------------------

class FullDisk(FileSystemStorage):
    """A disk on which there is no room: what is written goes to the device that is always full."""

    def _save(self, name, content):
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
            for chunk in content.chunks():
                full.write(chunk)
        return name




def test_a_file_that_finds_no_room_is_told_and_can_be_made_when_there_is(open_block, call, settings, tmp_path):
    usual = settings.STORAGES
    settings.STORAGES = {**usual, "default": {"BACKEND": f"{__name__}.FullDisk", "OPTIONS": {"location": tmp_path}}}
    block = open_block("cohort-report", "trainer")
    status, reply = call(block, "start_report", {"kind": "learners"})
    assert (status, reply["job"]["state"]) == (200, "failed")
    assert list(tmp_path.iterdir()) == []
    settings.STORAGES = {**usual, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}}
    status, reply = call(block, "start_report", {"kind": "learners"})
    assert (status, reply["job"]["state"]) == (200, "done")


# -- a record ----------------------------------------------------------------------------------------------------------

def cut(length):
    """Cut what is kept of every record, in the database itself."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE submissions_submission SET raw_answer = substr(raw_answer, 1, %s)", [length])


@pytest.mark.parametrize("length", [0, 1, 40, 400])
def test_records_cut_by_hand_are_told_of_and_nothing_else_is_lost(open_block, call, length):
    block = open_block("start", "new")
    hand_in(call, block)
    call(block, "share", {"shared": True, "stamp": NOW})
    cut(length)
    page = open_block("start", "new").render("student_view").content
    assert 'data-screen="start"' in page or 'data-screen="result"' in page
    for slug in ("end", "my-skills", "passport"):
        assert open_block(slug, "new").render("student_view").content
    report = open_block("cohort-report", "trainer")
    for part in ("who", "what", "change", "training", "files"):
        assert call(report, "report", {"part": part})[0] == 200
    for kind in ("learners", "answers", "activities"):
        assert call(report, "start_report", {"kind": kind})[1]["job"]["state"] == "done"
    assert hand_in(call, open_block("end", "new"))[0] == 200  # and what comes later is kept
    assert call(open_block("start", "new"), "delete_data", {})[0] == 200
    assert not Submission.objects.filter(student_item__item_id__startswith="start.").exists()


ODD = (None, True, 7, 10**400, "odd", [[]], {"odd": []})


def ways(kept, most=12):
    """Return the ways to what is kept, to each of its parts, to the first three of each of these, and so on."""
    keys = list(kept)[:most] if isinstance(kept, dict) else [0] if isinstance(kept, list) and kept else []
    return [(), *((key, *way) for key in keys for way in ways(kept[key], 3))]


def put(kept, way, odd):
    """Return what is kept with something odd at the end of a way."""
    if not way:
        return odd
    copy = kept.copy()
    copy[way[0]] = put(kept[way[0]], way[1:], odd)
    return copy


@pytest.mark.parametrize("kind", records.KINDS)
def test_records_of_another_form_are_told_of_and_break_nothing(open_block, call, kind):
    sample.seed()
    end, report = open_block("end", "lucia"), open_block("cohort-report", "trainer")
    lucia, course, trainer = end.place.learner, end.place.course, people.EVERYBODY["trainer"].anonymous_id
    good = Submission.objects.filter(student_item__student_id=lucia, student_item__item_type=kind).latest("id")
    odd_ones = [put(good.answer, way, odd) for way, odd in product(ways(good.answer), ODD)]
    Submission.objects.bulk_create([  # half of them older than the good one, which is first or last or between
        Submission(student_item=good.student_item, answer=each, attempt_number=100 + place,
                   submitted_at=good.submitted_at + timedelta(seconds=place - len(odd_ones) / 2))
        for place, each in enumerate(odd_ones)])
    if kind != records.SHARING:
        assert 7 * len(good.answer) / 2 < records.history(lucia, course).damaged < len(odd_ones)

    for part in ("who", "what", "change", "training", "files"):
        assert call(report, "report", {"part": part})[0] == 200
    for name in ("learners", "answers", "activities"):
        assert call(report, "start_report", {"kind": name})[1]["job"]["state"] == "done"
    assert call(report, "profile", {"learner": lucia})[0] == 200
    for slug in ("start", "end", "my-skills", "passport"):
        assert open_block(slug, "lucia").render("student_view").content
    for slug, forms in (("end", ("csv", "json")), ("my-skills", ("csv", "json")), ("passport", ("pdf", "json", "all"))):
        for form in forms:
            assert call(open_block(slug, "lucia"), "download", method="GET", suffix=form)[0] == 200

    # What comes later is kept, and who leaves is forgotten.
    assert call(end, "share", {"shared": False, "stamp": NOW + 1})[1] == {"shared": False}
    assert end.place.block not in records.history(lucia, course).shared_blocks
    now = datetime.now(UTC)
    records.add_view(end.place, TrainersView("new-session", trainer, end.place.block, "migrempower", "1"), now)
    assert records.set_reply(end.place, "session-lucia-end", "New words", 10**14, now) == "New words"
    history = records.history(lucia, course)
    assert "new-session" in {each.session for each in history.views}
    assert history.replies["session-lucia-end"] == "New words"
    records.sign_anew(trainer, course, "somebody")
    records.pseudonymise(lucia, course, "one")
    words = str(list(Submission.objects.filter(student_item__student_id="one").values_list("answer", flat=True)))
    assert "evidence" not in words and trainer not in words and "New words" not in words


@pytest.mark.parametrize("damaged", [1, 2, 3])
def test_a_learner_whose_round_cannot_be_read_does_it_again_and_has_all_that_are_allowed(open_block, call, damaged):
    def page():
        return arguments(call(open_block("end", "new"), "page", {})[1])

    block = open_block("end", "new")  # three rounds
    for number in range(1, damaged + 1):
        assert number == 1 or call(block, "start_again", {})[0] == 200
        hand_in(call, block, number=number)
    mine = Submission.objects.filter(student_item__student_id=block.place.learner)
    mine.filter(student_item__item_type=records.ROUNDS, attempt_number=damaged).update(answer={"broken": 1})
    for number in range(damaged, 4):
        assert number == damaged or call(block, "start_again", {})[0] == 200
        assert (page()["stage"], page()["round"]) == ("answering", number)
        assert call(block, "save_answers", {"round": number, "answers": {STATEMENTS[0]: answer(1)}})[0] == 200
        hand_in(call, block, number=number)
        assert page()["stage"] == "result"
        assert call(block, "save_answers", {"round": number, "answers": {STATEMENTS[0]: answer(2)}})[0] in (403, 409)
    assert call(block, "start_again", {})[0] == 403
    assert records.history(block.place.learner, block.place.course).numbers(block.place.block) == [1, 2, 3]


# -- a learner's state -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("odd", [{"stamp": 1, "level": "odd"}, {"stamp": 1, "level": None}, {"stamp": [1], "level": 1},
                                 {"stamp": 1, "evidence": None}, {"level": 1}, "odd", None, [], 7])
def test_an_answer_of_another_form_takes_no_other_along(open_block, call, fresh, odd):
    block = open_block("start", "new")
    call(block, "save_answers", {"round": 1, "answers": everything()})
    block = fresh(block)
    block.progress = {**block.progress, "answers": {**block.progress["answers"], STATEMENTS[0]: odd}}
    block.save()
    call(block, "save_answers", {"round": 1, "answers": {STATEMENTS[1]: answer(3, NOW)}})
    kept = fresh(block).progress["answers"]
    assert set(STATEMENTS) - set(kept) == {STATEMENTS[0]} and kept[STATEMENTS[1]]["level"] == 3


@pytest.mark.parametrize(("slug", "key"), [("start", "noor"), ("my-skills", "daniel"), ("passport", "grace")])
def test_a_state_of_another_form_breaks_nothing(open_block, call, fresh, slug, key):
    sample.seed()
    mine, report = open_block(slug, key), open_block("cohort-report", "trainer")
    if slug == "passport":
        call(mine, "share_block", {"block": str(mine.scope_ids.usage_id), "shared": True, "stamp": NOW})
        assert call(mine, "save_answers", {"number": 1, "answers": {
            "step:a": {"stamp": 1, "will": "Ask", "on": "2026-12-24", "with": "Ana", "done": True},
            "experience:own/a": {"stamp": 1, "did": "Cooked", "private": True},
            "choices": {"stamp": 1, "name": "Grace", "host": "en", "without_plan": False}}})[0] == 200
    good = dict(fresh(mine).progress)
    assert len(ways(good)) > 10
    for way, odd in product(ways(good)[1:], (None, 7, "odd", [[]])):
        block = fresh(mine)
        block.progress = put(good, way, odd)
        block.save()
        assert fresh(mine).render("student_view").content
        if slug == "passport":
            assert call(mine, "preview")[0] == 200
            assert call(report, "profile", {"learner": people.EVERYBODY[key].anonymous_id})[0] == 200
        if len(way) < 2 and odd != "odd":  # that page takes long
            assert call(report, "report", {"part": "who"})[0] == 200
