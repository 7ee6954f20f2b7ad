"""The workbench's own pages and people: who may see what, the gradebook, sample learners, cohort, directory, beginning
again.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from submissions.models import StudentItem, Submission
from workbench.models import XBlockState

from host import course, sample
from host.directory import SampleDirectory
from host.models import Grade
from host.people import BY_KEY, COHORT, ENROLLED, EVERYBODY, GROUPS, LEARNERS
from host.runtime import COURSE_ID
from host.turns import AT_ONCE, TurnsMiddleware
from migrempower_xblock import platform, records

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(db):
    sample.seed(cohort=True)


@pytest.fixture
def directory():
    return SampleDirectory(COURSE_ID)


def usage(slug):
    return course.BY_SLUG[slug].usage_id


def histories(people):
    kept = records.histories([person.anonymous_id for person in people], COURSE_ID)
    return {person.key: kept.get(person.anonymous_id, records.History()) for person in people}


def substance():
    """What is kept, without the moments."""
    found = []
    for row in Submission.objects.select_related("student_item"):
        answer, item = row.answer, row.student_item
        said = {each: (given.get("level"), given.get("skip"), given.get("evidence"))
                for each, given in answer.get("answers", {}).items()}
        found.append((item.student_id, item.item_id, row.attempt_number, said, answer.get("replies"),
                      answer.get("shared"), answer.get("levels"), answer.get("comment"), answer.get("text")))
    return sorted(found, key=str), sorted(Grade.objects.values_list("learner", "block", "earned", "completion"))


def queries(function):
    with CaptureQueriesContext(connection) as captured:
        function()
    return len(captured)


def test_the_front_page_shows_the_three_phases_and_who_one_can_be(client):
    page = client.get("/").content.decode()
    assert page.index("Orientation") < page.index("Self-evaluation") < page.index("Empowerment")
    assert all(learner.name in page for learner in LEARNERS)


@pytest.mark.parametrize("slug", list(course.BY_SLUG))
@pytest.mark.parametrize("person", ["new", "amira", "learner-001", "trainer", "author", "elsewhere", "visitor"])
def test_every_unit_opens_for_everybody(client, slug, person):
    assert client.get(f"/unit/{slug}/?student={person}").status_code == 200


def test_only_the_author_sees_studios_view(client):
    assert client.get("/unit/start/author_view/?student=author").status_code == 200
    for person in ("new", "trainer", "visitor"):
        assert client.get(f"/unit/start/author_view/?student={person}").status_code == 403
    assert client.get("/unit/start/studio_submit/?student=author").status_code == 404
    assert client.get("/unit/nowhere/").status_code == 404


def test_one_can_be_somebody_else_in_another_language(client):
    client.post("/be/", {"person": "lucia"})
    assert 'lang="es"' in client.get("/unit/start/").content.decode()
    client.post("/be/", {"language": "ar"})
    page = client.get("/unit/start/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert client.post("/be/", {"person": "lucia", "next": "https://example.org/"}).url == "/"


def test_the_sample_learners_fill_records_and_gradebook(client):
    sample.seed()
    assert Submission.objects.count() > 20
    rounds = Submission.objects.count()
    sample.seed()
    assert Submission.objects.count() == rounds
    page = client.get("/gradebook/?student=trainer").content.decode()
    assert "100 %" in page and "not started" in page and "no score yet" in page
    block = course.BY_SLUG["equal-treatment"].usage_id
    assert 60 < Grade.objects.get(learner="tomas", block=block).percent() < 100
    assert {item.course_id for item in StudentItem.objects.all()} == {"course-v1:MigrEmpower+Sample+2026"}


def test_learners_and_visitors_do_not_see_the_gradebook(client):
    for person in ("new", "elsewhere", "visitor"):
        assert client.get(f"/gradebook/?student={person}").status_code == 403


def test_beginning_again_forgets_what_was_added(client, open_block, call):
    from .test_handlers import everything, hand_in

    sample.seed(cohort=True)
    before = substance()
    hand_in(call, open_block("start", "new"), everything())
    hand_in(call, open_block("looking-back", "yusuf"), everything())
    assert Grade.objects.filter(learner="new").exists()
    client.post("/reset/")
    assert substance() == before
    assert not Grade.objects.filter(learner="new").exists()
    assert client.get("/reset/").status_code == 405


def test_so_many_requests_are_answered_at_once_and_the_others_wait():
    under_way, counts = [], []

    def answer(request):
        under_way.append(request)
        counts.append(len(under_way))
        time.sleep(0.01)
        under_way.remove(request)
        if request == 30:
            raise ValueError
        return request

    def ask(request):
        try:
            return middleware(request)
        except ValueError:
            return request

    middleware = TurnsMiddleware(answer)
    with ThreadPoolExecutor(40) as everybody:
        assert list(everybody.map(ask, range(60))) == list(range(60))
    assert max(counts) == AT_ONCE


def test_handlers_answer_at_the_address_the_page_names(client):
    reply = client.post("/handler/start.migrempower_self_evaluation.d0.u0/share/?student=new",
                        {"shared": True, "stamp": 1}, content_type="application/json")
    assert reply.json() == {"shared": True}
    assert client.post("/handler/nothing.here.d0.u0/share/").status_code == 404


def test_presets_templates_and_catalogues_have_no_address(client):
    for path in ("css/learner.css", "js/self_evaluation.js", "pictures/own/steps-1.svg"):
        assert client.get(f"/resource/migrempower_self_evaluation/{path}").status_code == 200
    for path in ("presets/frameworks/migrempower.xml", "../presets/frameworks/migrempower.xml", "templates/result.html",
                 "translations/ar/LC_MESSAGES/text.mo", "self_evaluation.py"):
        assert client.get(f"/resource/migrempower_self_evaluation/{path}").status_code == 404


# -- the cohort ------------------------------------------------------------------------------------------------------


def test_the_course_has_two_hundred_learners_who_can_be_told_apart(client):
    assert len(ENROLLED) == 200 and set(LEARNERS) < set(ENROLLED)
    for what in ("key", "name", "anonymous_id"):
        assert len({getattr(person, what) for person in EVERYBODY.values()}) == len(EVERYBODY)
    assert len({person.attributes("en")["edx-platform.user_id"] for person in ENROLLED}) == 200
    assert {person.language for person in COHORT} == {"en", "es", "ar"}
    page = client.get("/").content.decode()
    theirs = page[page.index('<optgroup label="Cohort'):]
    assert all(f'value="{person.key}"' in theirs and person.name in theirs for person in COHORT)
    assert not any(f'value="{person.key}"' in theirs for person in LEARNERS)


def test_one_can_be_a_learner_of_the_cohort(client):
    client.post("/be/", {"person": "learner-014"})
    assert f"You are: <strong>{EVERYBODY['learner-014'].name}</strong>" in client.get("/").content.decode()


def test_each_learner_of_the_cohort_is_in_one_group_and_some_learners_are_in_none(directory):
    members = {group: directory.members(group) for group, _ in directory.groups()}
    assert [name for _, name in directory.groups()] == ["Evening group", "Morning group", "Online group"]
    assert members.keys() == GROUPS.keys()
    for person in COHORT:
        assert sum(person.anonymous_id in ids for ids in members.values()) == 1
    assert {person.key for person in LEARNERS if not person.group} > {"new", "tomas"}
    assert sum(map(len, members.values())) == sum(directory.count(group) for group in members) < directory.count()


def test_the_gradebook_asks_the_same_number_of_queries_whatever_the_cohort(client):
    def look():
        return client.get("/gradebook/?student=trainer").content.decode()

    look()
    sample.seed()
    few = queries(look)
    sample.seed(cohort=True)
    assert queries(look) == few <= 3
    page = look()
    assert page.count("<tr>") == 201 and all(f">{person.name}</th>" in page for person in ENROLLED)


def test_the_directory_gives_everybody_once_in_the_order_of_usernames(directory):
    for group in ("", *GROUPS):
        for size in (1, 7, 200):
            found, page = [], directory.page(size=size, group=group)
            while page:
                assert len(page) <= size
                found += page
                page = directory.page(page[-1].username, size, group)
            assert len(found) == directory.count(group)
            assert all(one.username < other.username for one, other in pairwise(found))
            assert {each.id for each in found} == (
                directory.members(group) if group else {person.anonymous_id for person in ENROLLED})


def test_the_directory_knows_learners_and_staff_of_this_course_only(directory):
    staff = {BY_KEY[key].anonymous_id for key in ("trainer", "colleague", "author")}
    assert directory.staff() == staff
    assert not staff & {each.id for each in directory.page()}
    elsewhere, visitor = BY_KEY["elsewhere"].anonymous_id, BY_KEY["visitor"].anonymous_id
    assert directory.find(elsewhere) is None and directory.find("") is None
    assert directory.find(BY_KEY["lucia"].anonymous_id).name == "Lucía"
    assert directory.names([*staff, BY_KEY["lucia"].anonymous_id, elsewhere, visitor]) == {
        BY_KEY[key].anonymous_id: (key, BY_KEY[key].name) for key in ("trainer", "colleague", "author", "lucia")}
    other = SampleDirectory("course-v1:Other+Course+2026")
    assert (other.count(), other.page(), other.groups(), other.staff(), other.names(staff)) == (0, [], [], set(), {})


def test_the_directory_asks_one_query_for_a_page_and_one_for_who_has_begun(cohort, directory):
    blocks = [usage(slug) for slug in sample.UNITS]
    for size in (5, 200):
        page = directory.page(size=size)
        assert queries(lambda page=page: directory.states(page, blocks)) == 1
    for group in ("", "online"):
        assert queries(lambda group=group: directory.begun(blocks, group)) == 1
    assert queries(lambda: (directory.page(), directory.names(directory.staff()), directory.members("online"))) == 0


def test_the_directory_tells_the_states_the_blocks_have(cohort, directory, open_block):
    blocks = [usage(slug) for slug in sample.UNITS]
    states = directory.states(directory.page(), blocks)
    for key in ("amira", "omar", "learner-003", "learner-150"):
        for slug in sample.UNITS:
            assert states.get((key, usage(slug)), {}).get("progress", {}) == open_block(slug, key).progress
    begun = directory.begun(blocks)
    assert begun == {block: sum(each == block for _, each in states) for block in blocks}
    assert begun[usage("start")] == sum(
        directory.begun(blocks, group)[usage("start")] for group in GROUPS) + len(
            [person for person in LEARNERS if not person.group and person.key != "new"])


def test_who_has_only_looked_or_teaches_has_not_begun(directory, client, open_block, call):
    from .test_handlers import save

    for key in ("new", "trainer", "elsewhere"):
        client.get(f"/unit/start/?student={key}")
    assert directory.begun([usage("start")]) == {}
    for key in ("learner-001", "trainer", "elsewhere"):
        save(call, open_block("start", key), {"my-rights-1": {"stamp": 1, "level": 1}})
    assert directory.begun([usage("start")]) == {usage("start"): 1}
    assert not Grade.objects.exclude(learner="learner-001").exists()


def test_the_platform_finds_the_directory_of_the_workbench():
    assert type(platform.directory.directory(COURSE_ID)) is SampleDirectory


def test_seeding_twice_makes_nothing_new(cohort):
    before, states = substance(), XBlockState.objects.count()
    sample.seed(cohort=True)
    sample.seed()
    assert (substance(), XBlockState.objects.count()) == (before, states)


def test_the_cohort_comes_to_named_learners_who_are_there(open_block, call):
    sample.seed()
    named = Submission.objects.count()
    open_block("start", "learner-001").render("student_view")
    sample.seed(cohort=True)
    assert Submission.objects.filter(student_item__student_id__in=[
        person.anonymous_id for person in LEARNERS]).count() == named < Submission.objects.count()
    rows = XBlockState.objects.filter(scope="usage").exclude(user_id=None).values_list("user_id", "scope_id")
    assert len(rows) == len(set(rows))


def test_the_command_seeds_all_or_the_named_only():
    call_command("seed")
    everything = substance()
    assert len({learner for learner, *_ in everything[1]}) > 150
    call_command("seed", "--reset", "--without-cohort")
    assert {learner for learner, *_ in substance()[1]} == set(sample.STORIES)
    call_command("seed", "--reset")
    assert substance() == everything


def test_the_cohort_is_spread_as_a_course_is(cohort, directory):
    kept = histories(COHORT)
    states = directory.states(directory.page(), [usage("start")])
    handed_in = {slug: {key for key, history in kept.items() if history.of_block(usage(slug))}
                 for slug in sample.UNITS}
    under_way = {person.key for person in COHORT if (person.key, usage("start")) in states} - handed_in["start"]
    nothing = {person.key for person in COHORT} - handed_in["start"] - under_way
    assert 0.06 < len(nothing) / 187 < 0.14 and 0.1 < len(under_way) / 187 < 0.2
    assert 0.55 < len(handed_in["end"]) / len(handed_in["start"]) < 0.75
    assert 0.4 < len(handed_in["looking-back"]) / len(handed_in["end"]) < 0.6
    assert handed_in["looking-back"] < handed_in["end"] < handed_in["start"]
    for slug in sample.UNITS:
        shares = [usage(slug) in kept[key].shared_blocks for key in handed_in[slug]]
        assert 0.6 < sum(shares) / len(shares) < 0.8
    failed = [key for key, history in kept.items() for slug in sample.MODULES
              if [run.share < 0.6 for run in history.of_block(usage(slug))] == [True, True]]
    passed = [key for key, history in kept.items() for slug in sample.MODULES
              if [run.share < 0.6 for run in history.of_block(usage(slug))] == [True, False]]
    assert len(failed) >= 5 and len(passed) >= 5
    unclear = [sum(answer.skip == "unclear" for answer in history.of_block(usage("start"))[0].answers.values())
               for history in kept.values() if history.of_block(usage("start"))]
    assert 8 <= sum(number >= 3 for number in unclear) <= 40


def test_what_a_learner_kept_and_the_gradebook_agree(cohort, open_block):
    grades = {(grade.learner, grade.block): grade for grade in Grade.objects.all()}
    for person in COHORT[::9]:
        for slug in sample.UNITS:
            block, grade = open_block(slug, person.key), grades.get((person.key, usage(slug)))
            if grade is None:
                assert not block.has_begun and not block.has_submitted_answer()
            elif grade.earned is None:
                assert block.has_begun and not block.has_submitted_answer()
                assert grade.completion == block.completion_of(block.sheet, block.load_document())
            else:
                score = block.calculate_score()
                assert (grade.earned, grade.possible) == (score.raw_earned, score.raw_possible)
                assert grade.earned == block.get_score().raw_earned and 0 < grade.completion <= 1


def test_a_learner_of_the_cohort_goes_on_where_they_are(cohort, open_block, call, directory):
    from .test_handlers import save

    history = histories(COHORT)
    states = directory.states(directory.page(), [usage("start")])
    key = next(person.key for person in COHORT
               if (person.key, usage("start")) in states and not history[person.key].records)
    block = open_block("start", key)
    before = len(block.sheet.answers)
    status, _ = save(call, block, {"own-business-1": {"stamp": 10**15, "level": 2}})
    assert status == 200 and len(open_block("start", key).sheet.answers) == before + 1


def test_two_trainers_have_talked_to_amira_and_lucia_and_lucia_has_answered():
    sample.seed()
    kept = histories(LEARNERS)
    for key in ("amira", "lucia"):
        views = kept[key].views_by("migrempower")
        assert {view.trainer for view in views} == {BY_KEY["trainer"].anonymous_id, BY_KEY["colleague"].anonymous_id}
        for view in views:
            own = kept[key].of_block(view.block)[-1]
            assert view.levels.keys() <= own.ratings.keys() | {s.rsplit("-", 1)[0] for s in own.answers}
            assert view.when > own.handed_in and view.comment and view.steps[0].by and view.notes
    assert not kept["amira"].replies
    [session] = kept["lucia"].replies
    assert session in {view.session for view in kept["lucia"].views}
    assert not any(history.views for key, history in kept.items() if key not in ("amira", "lucia"))


def test_some_of_the_named_share_and_some_do_not():
    sample.seed()
    kept = histories(LEARNERS)
    for key in ("amira", "lucia", "grace", "ines"):
        assert kept[key].shared_blocks == {each.block for each in kept[key].records}
    for key in ("yusuf", "samuel"):
        assert kept[key].shared_blocks == {usage("start")}
    assert not any(kept[key].shared_blocks for key in ("mateo", "layla", "tomas", "new"))


def test_who_teaches_another_course_is_no_staff_of_this_one(client, open_block):
    elsewhere = platform.person(open_block("start", "elsewhere"))
    assert elsewhere.id == BY_KEY["elsewhere"].anonymous_id and not elsewhere.is_staff
    assert not platform.may_train(open_block("start", "elsewhere"))
    assert platform.may_train(open_block("start", "colleague"))
    assert client.get("/unit/start/author_view/?student=elsewhere").status_code == 403
