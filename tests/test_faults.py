"""What breaks beside us: the database in a request, a full disk, a record cut by hand. All is well after."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection, transaction
from submissions.models import StudentItem, Submission

from host import people, sample
from host.models import Grade
from migrempower_xblock import records
from migrempower_xblock.competences.views import TrainersView

from .test_handlers import NOW, STATEMENTS, answer, everything, hand_in

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


def places(kept):
    """Return the ways to what is kept, to each of its parts, and to the first part of each of these, and so on."""
    if not isinstance(kept, dict | list) or not kept:
        return [()]
    keys = list(kept) if isinstance(kept, dict) else [0]
    return [(), *((key, *way) for key in keys for way in (places(kept[key]) if isinstance(
        kept[key], list) or len(keys) < 20 else [()]))]


def put(kept, way, odd):
    """Return what is kept with something odd at the end of a way."""
    if not way:
        return odd
    copy = kept.copy()
    copy[way[0]] = put(kept[way[0]], way[1:], odd)
    return copy


def spoil(kinds, turn):
    """Put something odd into each row of these kinds, elsewhere in each row and at each turn. Return how many."""
    numbers, rows = Counter(), Submission.objects.filter(student_item__item_type__in=kinds)
    for row in rows.select_related("student_item").order_by("id"):
        kind = row.student_item.item_type
        ways = places(row.answer)
        at = numbers[kind] + turn * 5
        Submission.objects.filter(pk=row.pk).update(answer=put(row.answer, ways[at % len(ways)], ODD[at % len(ODD)]))
        numbers[kind] += 1
    return numbers.total()


@pytest.mark.parametrize("turn", range(3))
def test_records_of_another_form_break_nothing(open_block, call, turn):
    sample.seed()
    talks = spoil([records.VIEWS, records.REPLIES, *records.RECORDS] if turn else [records.SHARING], turn)
    assert talks > 20
    report = open_block("cohort-report", "trainer")
    for part in ("who", "what", "change", "training", "files"):
        assert call(report, "report", {"part": part})[0] == 200
    for kind in ("learners", "answers", "activities"):
        assert call(report, "start_report", {"kind": kind})[1]["job"]["state"] == "done"
    for person in people.LEARNERS:
        for slug in ("start", "end", "my-skills"):
            mine = open_block(slug, person.key)
            assert mine.render("student_view").content
            assert call(mine, "download", method="GET", suffix="csv")[0] in (200, 404)
        passport = open_block("passport", person.key)
        assert passport.render("student_view").content
        for form in ("json", "all"):
            assert call(passport, "download", method="GET", suffix=form)[0] == 200
        assert call(report, "profile", {"learner": person.anonymous_id})[0] in (200, 403)
        assert call(open_block("end", person.key), "share", {"shared": True, "stamp": NOW})[1] == {"shared": True}
    # What comes later is kept, and who leaves is forgotten.
    end, trainer, now = open_block("end", "lucia"), people.EVERYBODY["trainer"].anonymous_id, datetime.now(UTC)
    records.add_view(end.place, TrainersView("new-session", trainer, end.place.block, "migrempower", "1"), now)
    assert records.set_reply(end.place, "session-lucia-end", "New words", 10**14, now) == "New words"
    history = records.history(end.place.learner, end.place.course)
    assert history.views[-1].session == "new-session" and history.replies["session-lucia-end"] == "New words"
    records.sign_anew(trainer, end.place.course, "somebody")
    for person in people.LEARNERS:
        records.pseudonymise(person.anonymous_id, end.place.course, f"one-{person.key}")
    words = str(list(Submission.objects.values_list("answer", flat=True)))
    assert "evidence" not in words and trainer not in words
