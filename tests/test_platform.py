"""The LMS as the blocks ask it, over a double of its tables and functions (``tests/lms``)."""

import io
import json
import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext, modify_settings

from migrempower_xblock import jobs, platform
from migrempower_xblock.platform import directory as directories
from migrempower_xblock.platform.directory import Learner, LmsDirectory, directory

from .test_handlers import NOW, STATEMENTS, answer, hand_in, save

COURSE_ID = "course-v1:MigrEmpower+Lms+2026"


@pytest.fixture(scope="module")
def double(django_db_setup, django_db_blocker):
    """The double as an installed app, with its tables, while this file's tests run."""
    with modify_settings(INSTALLED_APPS={"append": "tests.lms"}):
        apps.clear_cache()  # a second time Django would remember which relations there were without it
        found = import_module("tests.lms.double")
        with django_db_blocker.unblock(), connection.schema_editor() as editor:
            for model in found.models.TABLES:
                editor.create_model(model)
        yield found
        with django_db_blocker.unblock(), connection.schema_editor() as editor:
            for model in reversed(found.models.TABLES):
                editor.delete_model(model)


@pytest.fixture
def lms(double, db, monkeypatch, settings):
    """An LMS with nobody in it."""
    found = double.Lms()
    settings.MIGREMPOWER_DIRECTORY = ""
    monkeypatch.setattr(platform, "imported", found.imported)
    monkeypatch.setattr(directories, "imported", found.imported)
    monkeypatch.setattr(double.ReportStore, "kept", {})
    return found


@pytest.fixture
def key(double):
    return double.COURSE


@pytest.fixture
def course(lms):
    """The directory of the course."""
    found = directory(COURSE_ID)
    assert type(found) is LmsDirectory
    return found


@pytest.fixture
def unit(lms, double):
    """The course's blocks: a self-evaluation, a report, a passport; gives their keys."""
    keys = [double.usage("start"), double.usage("report", "migrempower_cohort_report"),
            double.usage("passport", "migrempower_passport")]
    lms.content.update({(None, each): {} for each in keys})
    return keys


def usernames(learners):
    return [each.username for each in learners]


def asked(call):
    with CaptureQueriesContext(connection) as queries:
        found = call()
    return found, len(queries)


# -- who takes part ----------------------------------------------------------------------------------------------------

def test_learners_come_with_username_name_and_anonymous_id(lms, course):
    amira = lms.add_user("amira", "Amira")
    lms.add_user("omar", "")
    lms.add_user("noor")
    assert course.page() == [
        Learner(amira.id, "amira", "Amira", lms.id_of(amira)),
        *(Learner(each.key, each.username, each.username, each.id) for each in course.page()[1:])]
    assert usernames(course.page()) == ["amira", "noor", "omar"] and course.count() == 3


def test_who_has_never_opened_anything_has_no_id_yet(lms, course):
    lms.add_user("amira", "Amira", opened=False)
    assert [each.id for each in course.page()] == [None]


def test_who_has_left_whose_account_is_off_or_who_is_elsewhere_takes_no_part(lms, double, course):
    elsewhere = double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026")
    lms.add_user("amira")
    lms.add_user("gone", enrolled=False)
    lms.add_user("never", enrolled=None)
    lms.add_user("off", is_active=False)
    lms.add_user("elsewhere", course=elsewhere)
    assert usernames(course.page()) == ["amira"] and course.count() == 1


TEAM = ["staff", "limited_staff", "instructor", "data_researcher", "ccx_coach", "finance_admin", "sales_admin"]
NO_TEAM = ["beta_testers", "library_user", "course_creator_group", "org_course_creator_group", "support"]


@pytest.mark.parametrize("org_wide", [False, True])
@pytest.mark.parametrize("role", TEAM + NO_TEAM)
def test_the_team_of_the_course_and_of_its_organisation_takes_no_part(lms, key, course, role, org_wide):
    lms.add_user("amira")
    someone = lms.add_role(lms.add_user("bilal"), role, course=None if org_wide else key)
    is_team = role in TEAM
    assert usernames(course.page()) == (["amira"] if is_team else ["amira", "bilal"])
    assert course.count() == (1 if is_team else 2)
    assert course.staff() == ({lms.id_of(someone)} if is_team else set())
    assert (course.find(lms.id_of(someone)) is None) == is_team


def test_roles_elsewhere_make_nobody_staff_here(lms, double, course):
    elsewhere = double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026")
    lms.add_role(lms.add_user("amira"), "staff", course=elsewhere)
    lms.add_role(lms.add_user("bilal"), "instructor", org="Another", course=None)
    lms.add_role(lms.add_user("carla"), "support", org="", course=None)
    assert usernames(course.page()) == ["amira", "bilal", "carla"] and course.staff() == set()


def test_the_staff_of_the_platform_takes_no_part(lms, course):
    admin = lms.add_user("admin", is_staff=True)
    assert course.page() == [] and course.count() == 0 and course.staff() == {lms.id_of(admin)}
    assert course.find(lms.id_of(admin)) is None


def test_pages_follow_each_other_without_gap(lms, course):
    for number in range(23):
        lms.add_user(f"learner-{number * 7 % 23:02}")
    lms.add_role(lms.add_user("learner-07b"), "staff")
    found, after = [], ""
    while (page := course.page(after, 5)) and len(found) < 30:
        assert len(page) <= 5
        found, after = found + usernames(page), page[-1].username
    assert found == [f"learner-{number:02}" for number in range(23)]


def test_a_learner_is_found_by_the_id_of_this_course_only(lms, double, course):
    amira = lms.add_user("amira", "Amira")
    other = double.anonymous_id_for_user(amira, double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026"))
    assert course.find(lms.id_of(amira)) == Learner(amira.id, "amira", "Amira", lms.id_of(amira))
    assert course.find(other) is None and course.find("nobody") is None


def test_who_has_left_is_not_found_but_has_a_name(lms, course):
    gone = lms.add_user("gone", "Gone", enrolled=False)
    assert course.find(lms.id_of(gone)) is None
    assert course.names([lms.id_of(gone)]) == {lms.id_of(gone): ("gone", "Gone")}


def test_names_are_known_of_many_of_staff_and_of_this_course_only(lms, double, course):
    trainer = lms.add_role(lms.add_user("trainer", "Trainer", enrolled=None), "staff")
    users = double.User.objects.bulk_create(double.User(username=f"learner-{number}") for number in range(1200))
    lms.models.AnonymousUserId.objects.bulk_create(lms.models.AnonymousUserId(
        user=user, course_id=double.COURSE, anonymous_user_id=f"id-{user.username}") for user in users)
    stranger = double.anonymous_id_for_user(users[0], double.CourseKey.from_string("course-v1:A+B+C"))
    ids = {lms.id_of(trainer), stranger, "unknown", *(f"id-{user.username}" for user in users)}
    found, queries = asked(lambda: course.names(ids))
    assert found == {lms.id_of(trainer): ("trainer", "Trainer"),
                     **{f"id-{user.username}": (user.username, user.username) for user in users}}
    assert queries == 3
    assert course.names([]) == {}


def test_after_the_sites_secret_has_changed_the_newest_id_is_the_learners_and_the_older_one_still_counts(
        lms, double, key, course):
    cohort = lms.add_cohort("Evening")
    amira, trainer = lms.add_user("amira", cohort=cohort), lms.add_role(lms.add_user("trainer"), "staff")
    old = {user: lms.id_of(user) for user in (amira, trainer)}
    new = {user: double.anonymous_id_for_user(user, key, secret="rotated") for user in (amira, trainer)}
    assert old[amira] != new[amira] == double.anonymous_id_for_user(amira, key)
    assert [each.id for each in course.page()] == [new[amira]]
    assert course.staff() == {old[trainer], new[trainer]}
    assert course.members(str(cohort.id)) == {old[amira], new[amira]}
    assert platform.anonymous_ids(lms.open_block(double.usage("start"), amira), ["amira"]) == {"amira": new[amira]}


# -- groups ------------------------------------------------------------------------------------------------------------

def test_groups_are_the_cohorts_of_the_course_by_name(lms, double, course):
    evening, morning = lms.add_cohort("Evening"), lms.add_cohort("Morning")
    lms.add_cohort("Another kind", group_type="other")
    lms.add_cohort("Elsewhere", double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026"))
    assert course.groups() == [(str(evening.id), "Evening"), (str(morning.id), "Morning")]


def test_a_group_of_another_course_has_no_learners_here(lms, double, course):
    elsewhere = lms.add_cohort("Elsewhere", double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026"))
    lms.add_user("amira", cohort=elsewhere)
    assert course.count(str(elsewhere.id)) == 0 and course.members(str(elsewhere.id)) == set()


def test_a_group_narrows_who_is_counted_listed_and_begun(lms, double, key, course):
    evening, morning = lms.add_cohort("Evening"), lms.add_cohort("Morning")
    amira = lms.add_user("amira", cohort=evening)
    bilal = lms.add_user("bilal", cohort=morning)
    gone = lms.add_user("gone", cohort=evening, enrolled=False)
    lms.add_user("noor")
    block = double.usage("start")
    for user in (amira, bilal, gone):
        lms.models.StudentModule.objects.create(
            student=user, course_id=key, module_state_key=block, state='{"progress": {}}')
    group = str(evening.id)
    assert usernames(course.page(group=group)) == ["amira"] and course.count(group) == 1
    assert course.members(group) == {lms.id_of(amira), lms.id_of(gone)}
    assert course.begun([str(block)], group) == {str(block): 1}
    assert course.begun([str(block)]) == {str(block): 2}


# -- states ------------------------------------------------------------------------------------------------------------

def test_states_are_those_of_this_page_and_these_blocks(lms, double, key, course):
    start, end, other = (double.usage(name) for name in ("start", "end", "other"))
    amira, bilal = lms.add_user("amira"), lms.add_user("bilal")
    rows = [(amira, start, '{"progress": {"round": 1}}'), (amira, other, '{"progress": {}}'),
            (amira, end, "not JSON"), (bilal, start, None), (bilal, end, "[1]")]
    for user, block, state in rows:
        lms.models.StudentModule.objects.create(student=user, course_id=key, module_state_key=block, state=state)
    blocks = [str(start), str(end)]
    assert course.states(course.page(size=1), blocks) == {
        (amira.id, str(start)): {"progress": {"round": 1}}, (amira.id, str(end)): {}}
    assert course.states(course.page(), blocks) == {
        (amira.id, str(start)): {"progress": {"round": 1}}, (amira.id, str(end)): {},
        (bilal.id, str(start)): {}, (bilal.id, str(end)): {}}
    assert course.begun(blocks) == {str(start): 1, str(end): 2}  # a row without fields is no beginning
    assert course.states([], blocks) == {} and course.begun([]) == {}


def test_staff_and_who_has_left_have_begun_nothing(lms, double, key, course):
    start = double.usage("start")
    for user in (lms.add_user("amira"), lms.add_user("gone", enrolled=False),
                 lms.add_role(lms.add_user("trainer"), "staff")):
        lms.models.StudentModule.objects.create(student=user, course_id=key, module_state_key=start, state='{"a": 1}')
    assert course.begun([str(start)]) == {str(start): 1}


@pytest.mark.parametrize("learners", [3, 30])
def test_each_question_costs_the_same_number_of_queries_for_any_number_of_learners(lms, double, key, course, learners):
    cohort, blocks = lms.add_cohort("Evening"), [double.usage("start"), double.usage("end")]
    for number in range(learners):
        user = lms.add_user(f"learner-{number:02}", f"Learner {number}", cohort=cohort)
        for block in blocks:
            lms.models.StudentModule.objects.create(
                student=user, course_id=key, module_state_key=block, state='{"progress": {}}')
    names, group = [str(block) for block in blocks], str(cohort.id)
    page, queries = asked(lambda: course.page(group=group))
    assert len(page) == learners and queries == 2
    for question, expected in (
            (lambda: course.count(group), 1), (lambda: course.find(page[0].id), 1), (lambda: course.groups(), 1),
            (lambda: course.members(group), 1), (lambda: course.staff(), 1), (lambda: course.states(page, names), 1),
            (lambda: course.begun(names, group), 1), (lambda: course.names([each.id for each in page]), 1)):
        assert asked(question)[1] == expected


# -- files -------------------------------------------------------------------------------------------------------------

def test_a_file_is_published_among_the_instructor_dashboards(lms, key, course):
    course.publish("learners.csv", io.BytesIO("häßlich\r\n".encode()))
    assert lms.ReportStore.kept == {(key, "learners.csv"): "häßlich\r\n".encode()}


def test_where_nothing_of_the_lms_is_nobody_takes_part(monkeypatch, settings):
    settings.MIGREMPOWER_DIRECTORY = ""
    monkeypatch.setattr(directories, "imported", lambda _name: None)
    nobody = directory(COURSE_ID)
    assert nobody.count() == 0 and nobody.page() == [] and nobody.find("x") is None
    assert nobody.staff() == set() and nobody.groups() == []


# -- who may -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("role", "org_wide", "may"), [
    ("staff", False, True), ("instructor", False, True), ("limited_staff", False, True), ("staff", True, True),
    ("instructor", True, True), ("data_researcher", False, False), ("beta_testers", False, False),
    ("finance_admin", False, False), (None, False, False)])
def test_trainers_are_whom_the_lms_calls_staff_of_the_course(lms, key, unit, role, org_wide, may):
    user = lms.add_user("someone")
    if role:
        lms.add_role(user, role, course=None if org_wide else key)
    block = lms.open_block(unit[1], user)
    assert platform.may_train(block) is may and platform.person(block).is_staff is may


def test_the_staff_of_the_platform_may_train_visitors_may_not(lms, unit):
    assert platform.may_train(lms.open_block(unit[1], lms.add_user("admin", is_staff=True, enrolled=None)))
    assert not platform.may_train(lms.open_block(unit[1], None))


def test_who_looks_as_a_learner_sees_no_report(lms, key, unit):
    amira, trainer = lms.add_user("amira"), lms.add_role(lms.add_user("trainer"), "staff")
    assert platform.may_train(lms.open_block(unit[1], trainer))
    trainer.masquerade_settings = {key: lms.Masquerade()}
    assert not platform.may_train(lms.open_block(unit[1], trainer))
    trainer.masquerade_settings = {key: lms.Masquerade(user_name="amira")}
    assert not platform.may_train(lms.open_block(unit[1], amira, real_user=trainer))
    assert platform.is_acting_as_another(lms.open_block(unit[1], amira, real_user=trainer))
    colleague = lms.add_role(lms.add_user("colleague"), "staff")
    trainer.masquerade_settings = {key: lms.Masquerade(user_name="colleague")}
    assert not platform.may_train(lms.open_block(unit[1], colleague, real_user=trainer))


def test_a_library_has_no_trainers(lms, double):
    admin = lms.add_user("admin", is_staff=True)
    block = lms.open_block(double.usage("start"), admin)
    library = double.UsageKey.from_string("lb:MigrEmpower:library:migrempower_self_evaluation:start")
    block.scope_ids = block.scope_ids._replace(usage_id=library)
    assert not platform.may_train(block)


def test_only_who_is_enrolled_takes_part(lms, unit, call):
    for user, status in ((lms.add_user("amira"), 200), (lms.add_user("gone", enrolled=False), 403),
                         (lms.add_user("never", enrolled=None), 403),
                         (lms.add_role(lms.add_user("trainer", enrolled=None), "staff"), 200)):
        assert save(call, lms.open_block(unit[0], user), {STATEMENTS[0]: answer()})[0] == status


def test_another_block_of_the_same_learner(lms, unit, call):
    amira, bilal = lms.add_user("amira"), lms.add_user("bilal")
    save(call, lms.open_block(unit[0], amira), {STATEMENTS[0]: answer()})
    here = lms.open_block(unit[2], amira)
    assert STATEMENTS[0] in platform.same_learners(here, str(unit[0])).progress["answers"]
    assert platform.same_learners(lms.open_block(unit[2], bilal), str(unit[0])).progress == {}
    lms.hidden.add(unit[0])
    assert platform.same_learners(here, str(unit[0])) is None


def test_everything_can_be_taken_along_and_deleted_over_all_blocks(lms, unit, call):
    amira = lms.add_user("amira")
    hand_in(call, lms.open_block(unit[0], amira))
    everything = call(lms.open_block(unit[2], amira), "download", method="GET", suffix="all")
    assert everything[0] == 200 and [each["activity"] for each in everything[1]["activities"]] == [str(unit[0])]
    assert call(lms.open_block(unit[2], amira), "delete_data")[0] == 200
    assert not lms.open_block(unit[0], amira).progress.get("answers")
    left = call(lms.open_block(unit[2], amira), "download", method="GET", suffix="all")[1]
    assert STATEMENTS[0] not in json.dumps(left)


def test_the_state_is_read_as_it_is_stored_now(lms, key, unit):
    amira = lms.add_user("amira")
    block = lms.open_block(unit[0], amira)
    assert platform.latest_state(block, "progress") is None and not platform.has_begun(block)
    lms.models.StudentModule.objects.create(
        student=amira, course_id=key, module_state_key=unit[0], state='{"progress": {"round": 3}}')
    assert platform.latest_state(block, "progress") == {"round": 3} and platform.has_begun(block)


# -- the report --------------------------------------------------------------------------------------------------------

@pytest.fixture
def cohort(lms, unit, call):
    """Three learners: one has handed in, one has begun, one has never come; one has left; a trainer."""
    evening = lms.add_cohort("Evening")
    people = {"amira": lms.add_user("amira", "Amira", cohort=evening), "bilal": lms.add_user("bilal", "Bilal"),
              "noor": lms.add_user("noor", "Noor", opened=False), "gone": lms.add_user("gone", "Gone")}
    for name in ("amira", "gone"):
        block = lms.open_block(unit[0], people[name])
        assert hand_in(call, block)[0] == 200
        call(lms.open_block(unit[0], people[name]), "share", {"shared": True, "stamp": NOW})
    save(call, lms.open_block(unit[0], people["bilal"]), {STATEMENTS[0]: answer()})
    lms.models.CourseEnrollment.objects.filter(user=people["gone"]).update(is_active=False)
    people["trainer"] = lms.add_role(lms.add_user("trainer", "Trainer"), "staff")
    hand_in(call, lms.open_block(unit[0], people["trainer"]))
    return people


def report(lms, unit, call, user, **wish):
    return call(lms.open_block(unit[1], user), "report", {"part": "who", **wish})


def test_trainers_see_who_has_handed_in_begun_or_never_come(lms, unit, call, cohort):
    status, reply = report(lms, unit, call, cohort["trainer"])
    assert status == 200
    assert [name for name in ("Amira", "Bilal", "Noor", "Gone", "Trainer") if name in reply["html"]] == [
        "Amira", "Bilal", "Noor"]
    for show, names in (("handed-in", ["Amira"]), ("under-way", ["Bilal"]), ("not-started", ["Noor"])):
        html = report(lms, unit, call, cohort["trainer"], show=show)[1]["html"]
        assert [name for name in ("Amira", "Bilal", "Noor", "Gone") if name in html] == names, show
    assert report(lms, unit, call, cohort["amira"])[0] == 403


def test_a_trainer_opens_who_is_enrolled_and_shares(lms, unit, call, cohort):
    for name, status in (("amira", 200), ("bilal", 403), ("gone", 404), ("trainer", 404)):
        assert call(lms.open_block(unit[1], cohort["trainer"]), "profile",
                    {"learner": lms.id_of(cohort[name])})[0] == status, name


def test_a_group_that_is_none_never_reaches_the_database(lms, double, unit, call, cohort):
    group = str(lms.models.CourseUserGroup.objects.get().id)
    reply = report(lms, unit, call, cohort["trainer"], group=group)[1]
    assert "Amira" in reply["html"] and "Bilal" not in reply["html"]
    elsewhere = lms.add_cohort("Elsewhere", double.CourseKey.from_string("course-v1:MigrEmpower+Other+2026"))
    for wrong in ("abc", f" {group}", f"0{group}", "-1", "9" * 40, str(elsewhere.id), "٣"):
        for handler, body in (("report", {"part": "who"}), ("start_report", {"kind": "learners"})):
            block = lms.open_block(unit[1], cohort["trainer"])
            with CaptureQueriesContext(connection) as queries:
                assert call(block, handler, {**body, "group": wrong})[0] == 404, wrong
            assert not [each for each in queries.captured_queries if "cohortmembership" in each["sql"]]
    assert report(lms, unit, call, cohort["trainer"], group=7)[0] == 400


def test_a_report_of_more_learners_asks_no_more_queries(lms, unit, call, cohort):
    counts = []
    for added in (0, 40):
        for number in range(added):
            lms.add_user(f"learner-{number}")
        counts.append(asked(lambda: report(lms, unit, call, cohort["trainer"]))[1])
    assert counts[0] == counts[1]


def test_a_file_without_names_goes_to_the_dashboard_and_leaves_out_staff(lms, key, unit, call, cohort, settings,
                                                                        tmp_path):
    settings.MEDIA_ROOT = tmp_path
    status, reply = call(lms.open_block(unit[1], cohort["trainer"]), "start_report", {"kind": "learners"})
    assert status == 200 and jobs.is_installed()
    (where, name), body = lms.ReportStore.kept.popitem()
    stem, _, form = reply["job"]["name"].rpartition(".")
    assert where == key and re.fullmatch(rf"{stem}-[0-9a-f]{{32}}\.{form}", name)  # nobody finds it by trying
    file = call(lms.open_block(unit[1], cohort["trainer"]), "report_file", method="GET", suffix=reply["job"]["id"])[1]
    assert body == file.body and len(re.findall(rb"^L-", body, re.M)) == 2  # amira, and who has left
