"""What a learner has not earned reaches nobody's browser, and cannot be told from a reply either: right and wrong
answers are answered alike, in as many bytes, after the same questions to the database and as many calls that mark.

The answers of the module of the scenario ``secrets`` are marked. A real browser looks at the same in
``tests/browser/test_training_kept.py``.
"""

import io
import json
import re
import zipfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from webob import Request

from host import course
from host.runtime import HostRuntime
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.module import KINDS
from migrempower_xblock.training_module import TrainingModuleBlock

from .contract.test_contract import HANDLERS, VIEWS, send_right, sent

pytestmark = pytest.mark.django_db
SOURCE = (course.FOLDER / "secrets.xml").read_text("utf-8")
MARKERS = re.compile("SECRET|secret-|decoy-")
MARKED = Counter()  # how often replies have been marked, by the class that does it
# An activity and (right, wrong) replies to it, in the author's ids. What is said in a dialogue leads on, so it shows.
REPLIES = {
    "choice": (["secret-ball"], ["secret-box"]),
    "several": (["secret-tomato", "secret-blood"], ["secret-tomato", "secret-snow"]),
    "true-false": (["true"], ["false"]),
    "pictures": (["secret-house"], ["secret-bag"]),
    "matching": ({"secret-day": "secret-day", "secret-night": "secret-night"},
                 {"secret-day": "secret-night", "secret-night": "secret-day"}),
    "ordering": (["secret-1", "secret-2", "secret-3"], ["secret-3", "secret-2", "secret-1"]),
    "gaps": ({"secret-word": "SECRET", "secret-colour": "right"},
             {"secret-word": "ZEBRAS", "secret-colour": "decoy-0"}),
}
# What keeps feedback back: the author's setting, the platform's, and until when.
VEILS = {
    "at-end": ('marking="at-end"', None, None), "never": ("", "never", None),
    "past_due": ("", "past_due", datetime.now(UTC) + timedelta(days=9)),
    "at-end, never": ('marking="at-end"', "never", None),
}


@pytest.fixture
def opened(request, make_block, monkeypatch):
    """opened(veil) gives a learner's new module under what keeps feedback back."""
    def make(veil):
        setting, wish, due = VEILS[veil]
        olx = SOURCE[SOURCE.index("<migrempower"):].replace('attempts="1"', f'attempts="2" {setting}')
        monkeypatch.setattr(TrainingModuleBlock, "show_correctness", wish, raising=False)
        block = make_block(olx)
        monkeypatch.setitem(HostRuntime.due_dates, block.scope_ids.usage_id, due)
        return block

    return make


def veiled(block, activity, reply):
    """Return a reply under the names a page has."""
    return block.load_document().activities[activity].show_reply(reply, block.veil)


@pytest.fixture(autouse=True)
def marking(monkeypatch):
    """Count in ``MARKED``."""
    for owner in {next(each for each in cls.__mro__ if "mark" in vars(each)) for cls in KINDS.values()
                  if issubclass(cls, Activity)}:
        def counting(self, *arguments, mark=owner.mark, name=owner.__name__, **more):
            MARKED[name] += 1
            return mark(self, *arguments, **more)

        monkeypatch.setattr(owner, "mark", counting)


def asked(block, handler, body=None):
    """Return (status, text of the reply, SQL without its values, calls that mark)."""
    block = block.runtime.get_block(block.scope_ids.usage_id)
    request = Request.blank("/", method="GET" if body is None else "POST")
    if body is not None:
        request.body, request.content_type = json.dumps(body).encode(), "application/json"
    MARKED.clear()
    with CaptureQueriesContext(connection) as queries:
        reply = block.runtime.handle(block, handler, request)
    return (reply.status_int, reply.text, [re.sub(r"'[^']*'|\d+", "", each["sql"]) for each in queries],
            Counter(MARKED))


def alike(text):
    """Return what a reply says but for names, times and what was typed, wherever in it that stands."""
    text = re.sub(r"\b1\d{12}\b|20[\d-]+T[\d:.+]+", "time", text.replace("ZEBRAS", "SECRET"))
    text = re.sub(r"\b[0-9a-f]{8}\b", "name", text)
    return Counter(re.findall(r'[\w-]+=\\"[^"]*"|[^\s<>{}\[\],]+', text))


@contextmanager
def forgotten():
    """Undo afterwards what is written inside, so that the next answer is to the same question of the same learner."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answered(block, activity, reply):
    """Return all that a learner's browser is told while they answer an activity, twice, and open the page again."""
    replies = []
    with forgotten():
        for check, stamp in ((0, 1), (1, 2), (2, 3)):
            replies.append(asked(block, "save_answers", {"run": 1, "answers": {
                activity: {"stamp": stamp, "reply": veiled(block, activity, reply), "check": check}}}))
        return [*replies, asked(block, "page", {}), asked(block, "student_view_user_state")]


# -- no byte -----------------------------------------------------------------------------------------------------------

def told(open_block, slug, key):
    """Return all the texts of what the platform or a browser may ask of a unit's block, but for handing it in."""
    block = open_block(slug, key)
    block_type = block.scope_ids.block_type
    found = [json.dumps(open_block(slug, key).render(name, {}).to_dict()) for name in VIEWS[block_type]]
    found += [json.dumps(each()) for each in (block.index_dictionary, block.student_view_data)]
    for name, handler in HANDLERS[block_type].items():
        if name != "hand_in":  # by that it is earned
            found.append(send_right(open_block(slug, key), name, handler).text)
    for kind in ("csv", "all", "elm", "json", "docx"):
        body = sent(open_block(slug, key), "download", method="GET", suffix=kind).body
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                body = b"".join(map(archive.read, archive.namelist()))
        found.append(body.decode("utf-8", "replace"))
    return found


def saved(block, answers):
    """Have {activity: (reply in the author's ids, checks)} saved; return the text of the reply."""
    return asked(block, "save_answers", {"run": 1, "answers": {activity: {
        "stamp": int(1000 * block.now().timestamp()), "reply": veiled(block, activity, reply), "check": check}
        for activity, (reply, check) in answers.items()}})[1]


@pytest.mark.parametrize("key", ["new", "visitor", "elsewhere"])
def test_no_byte_that_reaches_a_learner_tells_the_key_before_it_is_earned(open_block, key):
    right = {activity: (replies[0], 0) for activity, replies in REPLIES.items() if activity != "gaps"}
    replies = [] if key != "new" else [saved(open_block("secrets", key), right)]  # kept, and not checked
    for slug in ("secrets", "passport"):
        replies += told(open_block, slug, key)
    assert len(replies) > 50
    assert not [reply for reply in replies if MARKERS.search(reply)]


def test_what_one_check_earns_is_told_and_nothing_else(open_block):
    block = open_block("secrets", "new")
    reply = saved(block, {"choice": (REPLIES["choice"][0], 1)})
    everything = " ".join([reply, *told(open_block, "secrets", "new")])
    assert "SECRET: that is round." in everything and "SECRET: balls are round." in everything
    for other in ("boxes have corners", "tomatoes and blood", "SECRET: it is", "people live there", "one comes first",
                  "SECRETS", "decoy-"):
        assert other not in everything


def test_no_file_that_is_served_tells_the_key():
    """A learner may open any file below ``static/``."""
    assert not [path for path in Path(course.FOLDER.parents[1], "static").rglob("*")
                if path.suffix in (".js", ".css", ".html", ".json") and MARKERS.search(path.read_text("utf-8"))]


# -- alike -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("activity", REPLIES)
@pytest.mark.parametrize("veil", VEILS)
def test_right_and_wrong_are_answered_alike_before_feedback_is_due(opened, veil, activity):
    block = opened(veil)
    right, wrong = (answered(block, activity, reply) for reply in REPLIES[activity])
    for of_right, of_wrong in zip(right, wrong, strict=True):
        assert of_right[0] == of_wrong[0] == 200
        assert len(of_right[1]) == len(of_wrong[1]) and alike(of_right[1]) == alike(of_wrong[1])
        assert list(json.loads(of_right[1])) == list(json.loads(of_wrong[1]))
        assert of_right[2] == of_wrong[2] and of_right[3] == of_wrong[3]
        assert not re.search("secret-|decoy-", of_right[1] + of_wrong[1])
        if "at-end" in veil:  # nothing is marked before it is handed in
            assert not of_right[3]


@pytest.mark.parametrize("veil", [veil for veil in VEILS if "never" in veil or "past" in veil])
def test_where_it_is_never_told_handing_in_tells_nothing_either(opened, veil):
    block, found = opened(veil), []
    for number in (0, 1):
        answers = {activity: {"stamp": 1, "reply": veiled(block, activity, replies[number]), "check": 1}
                   for activity, replies in REPLIES.items()}
        with forgotten():
            found.append([asked(block, "hand_in", {"run": 1, "answers": answers}), asked(block, "page", {}),
                          asked(block, "student_view_user_state"), asked(block, "start_again", {})])
    for of_right, of_wrong in zip(*found, strict=True):
        assert (of_right[0], len(of_right[1])) == (of_wrong[0], len(of_wrong[1]))
        assert alike(of_right[1]) == alike(of_wrong[1]) and of_right[2:] == of_wrong[2:]
        assert not re.search("secret-|decoy-|SECRET:", of_right[1] + of_wrong[1])


def test_where_feedback_is_due_the_same_comparison_sees_the_difference(opened, monkeypatch):
    """Else it would prove nothing."""
    monkeypatch.setitem(VEILS, "none", ("", "always", None))
    block = opened("none")
    for activity, replies in REPLIES.items():
        right, wrong = (answered(block, activity, reply)[1] for reply in replies)
        assert alike(right[1]) != alike(wrong[1]), activity
