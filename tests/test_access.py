"""Who may ask for what, in two courses: each handler of each block and each address, for everybody who might ask.

Which right a handler asks for stands in ``tests/contract`` (``HANDLERS``), beside a right request to it. A new handler
or address fails here until it has its line.
"""

import json
import re
from copy import deepcopy
from importlib.metadata import entry_points
from types import SimpleNamespace

import pytest
from opaque_keys.edx.keys import CourseKey
from submissions.models import StudentItem, Submission

from migrempower_xblock.dashboard import page, urls
from migrempower_xblock.models import ReportJob

from .contract.conftest import site  # noqa: F401 - a fixture
from .contract.test_contract import (
    EVALUATION,
    HANDLERS,
    MODULE,
    PASSPORT,
    REPORT,
    TAKES_PART,
    TRAINS,
    WRITES,
    handlers,
    send_right,
    sent,
)
from .test_dashboard import site as lms_site  # noqa: F401 - a fixture
from .test_platform import double, lms  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
HERE, THERE = (CourseKey.from_string(f"course-v1:MigrEmpower+{name}+2026") for name in ("Lms", "Other"))
LEARNS, TEACHES = {TAKES_PART}, {TAKES_PART, TRAINS}

# What people may in the LMS, by course; in Studio a course's team may write, and nobody else anything.
PEOPLE = {
    "visitor": {}, "stranger": {}, "learner who has left": {},
    "learner here": {HERE: LEARNS}, "another learner here": {HERE: LEARNS}, "learner there": {THERE: LEARNS},
    "learner of both": {HERE: LEARNS, THERE: LEARNS},
    "team here": {HERE: TEACHES}, "team there": {THERE: TEACHES}, "learner here, team there": {
        HERE: LEARNS, THERE: TEACHES},
    "team here as a learner": {}, "team here as the learner": {},
    "team here and there as the learner": {THERE: TEACHES},
}
# By the name of an address of the dashboard: what it asks for.
ADDRESSES = {"report": TRAINS, "handler": TRAINS}
ON_DASHBOARD = [name for name, handler in HANDLERS[REPORT].items() if handler.right == TRAINS]
# Who asks there, and the courses whose report they may see.
TEACHERS = {"visitor": (), "learner": (), "learner there": (), "team here": (HERE,), "team there": (THERE,),
            "team of both": (HERE, THERE), "team here as a learner": ()}


class World:
    """A site with the same blocks in two courses, and its people; blocks as requests in LMS and Studio have them."""

    def __init__(self, site):  # noqa: F811
        from .contract import runtimes
        from .lms import double  # noqa: F811

        self.site, self._double, self._runtimes, self._people, self._in_lms = site, double, runtimes, {}, {}
        for (user, key), fields in list(site.content.items()):
            if user is None:
                site.content[None, key.map_into_course(THERE)] = deepcopy(fields)
        site._modules["xmodule.modulestore.django"] = SimpleNamespace(modulestore=lambda: self)

    # What the modulestore answers: the blocks of one course.

    def bulk_operations(self, key):
        return self._runtimes.nullcontext()

    def get_items(self, key, qualifiers, include_orphans=True):
        return [self._runtimes.StoreRuntime(self.site).get_block(each) for user, each in list(self.site.content)
                if user is None and each.context_key == key and each.block_type == qualifiers["category"]]

    # People, made when they are first asked for.

    def person(self, name):
        if name == "visitor":
            return self._runtimes.AnonymousUser()
        if name not in self._people:
            enrolled = None if name.startswith(("stranger", "team")) else not name.endswith("left")
            courses = [each for word, each in (("here", HERE), ("there", THERE), ("both", HERE), ("left", HERE))
                       if re.search(rf"learner[\w ]* {word}", name)]
            user = self.site.add_user(name.replace(" ", "-"), name, enrolled, course=(courses or [HERE])[0])
            if name.endswith("both"):
                self._double.models.CourseEnrollment.objects.create(user=user, course_id=THERE, is_active=True)
            for word, course in (("here", HERE), ("there", THERE)):
                if re.search(rf"team(?: here and)? {word}", name):
                    self.site.add_role(user, "staff", course=course)
            if " as " in name:
                learner = "learner-here" if name.endswith("the learner") else None
                user.masquerade_settings = {HERE: self._double.Masquerade(user_name=learner)}
            self._people[name] = user
        return self._people[name]

    # Requests.

    def key(self, course, block_type):
        return self._double.usage("tea", block_type, course)

    def in_lms(self, name, course, block_type):
        """Return a block as a person's request has it; who looks as one learner has that learner's."""
        self.site.user = self.person(name)
        if (name, course) not in self._in_lms:
            user = self.person("learner here") if name.endswith("the learner") and course == HERE else self.site.user
            self._in_lms[name, course] = runtime = self._runtimes.CourseRuntime(self.site, user)
            runtime._services["user"] = self._double.user_service(user, course)
        return self._in_lms[name, course].get_block(self.key(course, block_type))

    def in_studio(self, name, course, block_type):
        self.site.user = self.person(name)
        return self._runtimes.StudioRuntime(self.site, self.site.user).get_block(self.key(course, block_type))


@pytest.fixture
def world(site):  # noqa: F811
    return World(site)


# -- every handler, for everybody, in both courses ---------------------------------------------------------------------

IN_STUDIO = [each for each in PEOPLE if each != "visitor"]  # Studio has none


def combinations():
    """Return {where: how many combinations of person, course and handler are asked below}."""
    number = sum(map(len, HANDLERS.values()))
    return {"in the LMS": len(PEOPLE) * 2 * number, "in Studio": len(IN_STUDIO) * 2 * number,
            "on the dashboard's addresses": len(TEACHERS) * 2 * (2 + len(ON_DASHBOARD))}


def test_every_handler_of_every_block_that_is_installed_has_its_rule():
    installed = {each.name: handlers(each.load()) for each in entry_points(group="xblock.v1")
                 if each.name.startswith("migrempower_")}
    assert installed == {block_type: set(rules) for block_type, rules in HANDLERS.items()}
    assert min(combinations().values()) > 100 and sum(combinations().values()) > 2_500


@pytest.mark.parametrize("person", PEOPLE)
def test_in_the_lms_everybody_gets_what_is_theirs_in_their_course_and_nothing_elsewhere(world, person):
    world.in_lms(person, HERE, EVALUATION), world.person("learner here")
    for course in (HERE, THERE):
        may = PEOPLE[person].get(course, set())
        before = world.site.state()
        for block_type, rules in HANDLERS.items():
            for name, handler in rules.items():
                if handler.right not in may:
                    block = world.in_lms(person, course, block_type)
                    for reply in (send_right(block, name, handler), sent(block, name, b"null", suffix="x")):
                        assert reply.status_int == 403 and reply.json.keys() == {"error"}, (course, block_type, name)
        assert world.site.state() == before, course
        for block_type, rules in HANDLERS.items():
            for name, handler in rules.items():
                if handler.right in may:
                    reply = send_right(world.in_lms(person, course, block_type), name, handler)
                    assert reply.status_int == handler.status(may, "course"), (course, block_type, name)


@pytest.mark.parametrize("person", IN_STUDIO)
def test_in_studio_a_courses_team_writes_and_nobody_else_gets_anything(world, person):
    for course in (HERE, THERE):
        may = {WRITES} if TRAINS in PEOPLE[person].get(course, ()) else set()
        before = world.site.state()
        for block_type, rules in HANDLERS.items():
            for name, handler in rules.items():
                if handler.right not in may:
                    reply = send_right(world.in_studio(person, course, block_type), name, handler)
                    assert reply.status_int == 403 and reply.json.keys() == {"error"}, (course, block_type, name)
        assert world.site.state() == before, course
        for block_type, rules in HANDLERS.items():
            for name, handler in rules.items():
                if handler.right in may:
                    block = world.in_studio(person, course, block_type)
                    assert send_right(block, name, handler).status_int == 200, (course, block_type, name)


# -- what belongs to others --------------------------------------------------------------------------------------------

MARK = "What only I know"


def asked(block, name, /, **body):
    return sent(block, name, json.dumps(body).encode())


@pytest.fixture
def others(world):
    """A learner in each course with notes, shared and handed in; a file of the team there, a counselling there."""
    for course, learner in ((HERE, "another learner here"), (THERE, "learner there")):
        block = world.in_lms(learner, course, EVALUATION)
        notes = {"tea-1": {"stamp": 1, "level": 1, "evidence": MARK}}
        assert asked(block, "hand_in", round=1, answers=notes).status_int == 200
        assert asked(world.in_lms(learner, course, EVALUATION), "share", shared=True, stamp=1).status_int == 200
        plan = {"step:a": {"stamp": 1, "will": MARK}, "choices": {"stamp": 1, "name": MARK}}
        assert asked(world.in_lms(learner, course, PASSPORT), "save_answers", number=1, answers=plan).status_int == 200
    team = world.in_lms("team there", THERE, REPORT)
    learner = world.in_lms("learner there", THERE, EVALUATION).person.id
    reply = asked(team, "start_report", kind="answers", named=True)
    view = asked(world.in_lms("team there", THERE, EVALUATION), "save_view", learner=learner, session="12345678",
                 block=str(world.key(THERE, EVALUATION)), comment=MARK)
    assert reply.status_int == 200 and view.status_int == 200 and MARK in view.text
    return SimpleNamespace(learner=learner, job=reply.json["job"]["id"], session="12345678")


@pytest.mark.parametrize("block_type", HANDLERS)
def test_nothing_a_learner_can_ask_for_tells_of_another_learner(world, others, block_type):
    for name, handler in HANDLERS[block_type].items():
        block = world.in_lms("learner here", HERE, block_type)
        for reply in (send_right(block, name, handler), asked(block, name, learner=others.learner, job=others.job)):
            assert MARK not in reply.text and others.learner not in reply.text, name
    for view in ("student_view", "public_view", "author_view"):
        shown = world.in_lms("learner here", HERE, block_type).render(view, {}).content
        assert MARK not in shown and others.learner not in shown, view


@pytest.mark.parametrize("block_type", [EVALUATION, MODULE, REPORT])
def test_a_courses_team_reaches_nobody_and_no_file_of_another_course(world, others, block_type):
    before, there = Submission.objects.count(), str(world.key(THERE, EVALUATION))

    def ask(name, **body):
        return asked(world.in_lms("team here", HERE, block_type), name, **body)

    assert ask("profile", learner=others.learner).status_int == 404
    assert ask("save_view", learner=others.learner, block=there, session="x" * 8, comment="x").status_int == 404
    for name in ("report_progress", "cancel_report"):
        assert ask(name, job=others.job).status_int == 404
    block = world.in_lms("team here", HERE, block_type)
    assert sent(block, "report_file", method="GET", suffix=others.job).status_int == 404
    for part in ("who", "what", "change", "training", "files"):
        reply = ask("report", part=part)
        assert "learner there" not in reply.text and others.learner not in reply.text
    for kind in ("learners", "answers", "activities"):
        job = ask("start_report", kind=kind, named=True).json.get("job")
        if job:
            file = sent(world.in_lms("team here", HERE, block_type), "report_file", method="GET", suffix=job["id"])
            assert others.learner not in file.text and "learner there" not in file.text
    assert Submission.objects.count() == before
    assert ReportJob.objects.get(id=others.job).state == "done"


def test_a_file_somebody_had_made_is_theirs_alone_also_in_their_course(world, others):
    world.site.add_role(world.person("stranger"), "staff", course=THERE)  # a colleague
    block = world.in_lms("stranger", THERE, REPORT)
    assert sent(block, "report_file", method="GET", suffix=others.job).status_int == 404
    assert asked(block, "cancel_report", job=others.job).status_int == 404
    assert sent(world.in_lms("team there", THERE, REPORT), "report_file", method="GET",
                suffix=others.job).status_int == 200


def test_a_learner_of_both_courses_shares_answers_and_deletes_in_one_at_a_time(world, others):
    both = "learner of both"
    for course in (HERE, THERE):
        asked(world.in_lms(both, course, EVALUATION), "hand_in", round=1, answers={})
    here, there = (world.in_lms(both, course, PASSPORT) for course in (HERE, THERE))
    assert here.person.id != there.person.id
    block = str(world.key(THERE, EVALUATION))
    assert asked(here, "share_block", block=block, shared=True, stamp=1).status_int == 404
    assert asked(here, "answer_view", session=others.session, text="x", stamp=1).status_int == 404
    assert asked(world.in_lms(both, HERE, PASSPORT), "delete_data").status_int == 200
    kept = StudentItem.objects.filter(student_id__in=[here.person.id, there.person.id])
    assert set(kept.values_list("course_id", flat=True)) == {str(THERE)}


def test_who_looks_as_the_learner_sees_their_page_and_changes_nothing(world):
    learner, team = "learner here", "team here as the learner"
    asked(world.in_lms(learner, HERE, EVALUATION), "save_answers", round=1,
          answers={"tea-1": {"stamp": 1, "level": 1, "evidence": MARK}})
    assert MARK in world.in_lms(team, HERE, EVALUATION).render("student_view", {}).content
    reply = asked(world.in_lms(team, HERE, EVALUATION), "delete_data")
    assert reply.status_int == 403 and "as somebody else" in reply.json["error"]
    assert MARK in world.in_lms(learner, HERE, EVALUATION).render("student_view", {}).content


# -- addresses ---------------------------------------------------------------------------------------------------------

def test_every_address_has_its_rule():
    assert {each.name for each in urls.urlpatterns} == set(ADDRESSES)
    assert len(urls.urlpatterns) == len(ADDRESSES)


@pytest.mark.parametrize("person", TEACHERS)
def test_the_addresses_of_the_report_are_open_to_their_courses_team(lms_site, client, monkeypatch, person):  # noqa: F811
    from .lms import double  # noqa: F811

    teaches = TEACHERS[person]

    lms_site.content[None, double.usage("start", course=THERE)] = {}
    monkeypatch.setattr("tests.test_dashboard.Modulestore.has_course", lambda _, key: key in (HERE, THERE))
    if person != "visitor":
        user = lms_site.add_user("asking", "Asking", enrolled=None if "team" in person else True,
                                 course=THERE if "there" in person else HERE)
        for course in {"team here": (HERE,), "team there": (THERE,), "team of both": (HERE, THERE),
                       "team here as a learner": (HERE,)}.get(person, ()):
            lms_site.add_role(user, "staff", course=course)
        lms_site.as_user(user)
        if person.endswith("as a learner"):  # a user of a request is read anew; what it looks as is in its session
            monkeypatch.setattr(double, "masquerade_of", lambda _, key: double.Masquerade() if key == HERE else None)
    assert set(page.REQUESTS) < set(ON_DASHBOARD)
    for course in (HERE, THERE):
        address = f"/migrempower/report/{course}/"
        before = list(ReportJob.objects.values_list("id")), Submission.objects.count()
        statuses = {client.get(address).status_code}
        for name in ON_DASHBOARD:
            handler = HANDLERS[REPORT][name]
            reply = client.get(f"{address}{name}/unknown/") if handler.suffix is not None else client.post(
                f"{address}{name}/", json.dumps(handler.body), content_type="application/json")
            if course in teaches:
                assert reply.status_code == handler.status({TRAINS}, "course"), name
            else:
                statuses.add(reply.status_code)
        if course not in teaches:
            assert statuses == ({302} if person == "visitor" else {403})
            assert (list(ReportJob.objects.values_list("id")), Submission.objects.count()) == before
        reply = client.post(f"{address}submit_studio_edits/", "{}", content_type="application/json")
        assert reply.status_code == (302 if person == "visitor" else 403)
