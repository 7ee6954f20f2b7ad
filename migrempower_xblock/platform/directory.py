"""Who takes part in a course, in pages: what the LMS knows, or the host that the settings name.

A directory needs no block and no request, so that a job can ask it too. ``MIGREMPOWER_DIRECTORY`` names another one, as
a dotted path to a class with the methods of ``Directory``.
"""

import json
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.utils.module_loading import import_string

from . import imported

MOST_IN_QUERY = 500  # ids a database takes in one IN (…)
# Who teaches in a course or runs it. Beta testers are learners; who may make courses or use libraries can be one too.
TEAM = ("staff", "limited_staff", "instructor", "data_researcher", "ccx_coach", "finance_admin", "sales_admin")


@dataclass(frozen=True, slots=True)
class Learner:
    """Who takes part. ``id`` is the anonymous id of the course, None until the platform has made one; ``key`` is the
    platform's own.
    """

    key: object
    username: str
    name: str
    id: str | None


class Directory:
    """The learners of one course; here nobody is known, as where there is no platform. ``group`` is the id of a group
    of learners, or "" for all.
    """

    def __init__(self, course):
        self.course = course

    def count(self, group=""):
        """Return how many learners take part."""
        return 0

    def page(self, after="", size=200, group=""):
        """Return up to ``size`` learners in the order of their usernames, those after ``after``."""
        return []

    def find(self, learner):
        """Return the ``Learner`` with an anonymous id in this course; None too for who has left it or teaches."""
        return None

    def names(self, ids):
        """Return ``{anonymous id: (username, name)}`` for those of ``ids`` that are known, staff included."""
        return {}

    def groups(self):
        """Return [(id, name), …] of the groups the platform has."""
        return []

    def members(self, group):
        """Return the anonymous ids of a group's learners."""
        return set()

    def staff(self):
        """Return the anonymous ids of those who teach in the course; what they try counts for nothing."""
        return set()

    def states(self, learners, blocks):
        """Return ``{(learner's key, block): fields}`` of the states in progress of a page of learners."""
        return {}

    def begun(self, blocks, group=""):
        """Return ``{block: learners}``: how many have a state at each block."""
        return {}

    def publish(self, name, file):
        """Put a file that is finished where the platform keeps its own reports, if it has such a place."""


class LmsDirectory(Directory):
    """What the LMS knows of a course. Each method asks a constant number of queries a page."""

    def __init__(self, course):
        super().__init__(course)
        self._key = imported("opaque_keys.edx.keys").CourseKey.from_string(course)
        self._models = imported("common.djangoapps.student.models")
        self._courseware = imported("lms.djangoapps.courseware.models")
        self._groups = imported("openedx.core.djangoapps.course_groups.models")

    def _enrolled(self, group):
        found = self._models.CourseEnrollment.objects.filter(
            course_id=self._key, is_active=True, user__is_active=True).exclude(self._in_team())
        if group:
            found = found.filter(user_id__in=self._member_keys(group))
        return found

    def _in_team(self):
        """Return the condition that a row's user is of the course's team, or of the staff of the whole platform."""
        role = self._models.CourseAccessRole.objects.filter(role__in=TEAM)
        here = role.filter(course_id=self._key) | role.filter(
            org=self._key.org, course_id=imported("opaque_keys.edx.django.models").CourseKeyField.Empty)
        return Q(user_id__in=here.values("user_id")) | Q(user__is_staff=True)

    def _member_keys(self, group):
        return self._groups.CohortMembership.objects.filter(
            course_id=self._key, course_user_group_id=int(group)).values("user_id")

    def _ids(self, condition):
        """Return the rows of anonymous ids, the valid one of each user last: the site's secret may have changed."""
        return self._models.AnonymousUserId.objects.filter(condition, course_id=self._key).order_by("id")

    def _all_ids(self, condition):
        return set(self._ids(condition).values_list("anonymous_user_id", flat=True))

    def count(self, group=""):
        """Return how many learners take part."""
        return self._enrolled(group).count()

    def page(self, after="", size=200, group=""):
        """Return up to ``size`` learners in the order of their usernames, those after ``after``."""
        rows = list(self._enrolled(group).filter(user__username__gt=after).order_by("user__username").values_list(
            "user_id", "user__username", "user__profile__name")[:size])
        ids = dict(self._ids(Q(user_id__in=[key for key, _, _ in rows])).values_list("user_id", "anonymous_user_id"))
        return [Learner(key, username, name or username, ids.get(key)) for key, username, name in rows]

    def find(self, learner):
        """Return the ``Learner`` with an anonymous id in this course; None too for who has left it or teaches."""
        row = self._enrolled("").filter(
            user_id__in=self._ids(Q(anonymous_user_id=learner)).values("user_id")).values_list(
            "user_id", "user__username", "user__profile__name").first()
        return row and Learner(row[0], row[1], row[2] or row[1], learner)

    def names(self, ids):
        """Return ``{anonymous id: (username, name)}`` for those of ``ids`` that are known, staff included."""
        found, ids = {}, list(ids)
        for start in range(0, len(ids), MOST_IN_QUERY):
            rows = self._ids(Q(anonymous_user_id__in=ids[start:start + MOST_IN_QUERY]))
            found |= {learner: (username, name or username) for learner, username, name in rows.values_list(
                "anonymous_user_id", "user__username", "user__profile__name")}
        return found

    def groups(self):
        """Return [(id, name), …] of the course's cohorts."""
        rows = self._groups.CourseUserGroup.objects.filter(course_id=self._key, group_type="cohort")
        return [(str(key), name) for key, name in rows.order_by("name").values_list("id", "name")]

    def members(self, group):
        """Return the anonymous ids of a cohort's learners."""
        return self._all_ids(Q(user_id__in=self._member_keys(group)))

    def staff(self):
        """Return the anonymous ids of the course's team."""
        return self._all_ids(self._in_team())

    def _states(self, blocks):
        keys = imported("opaque_keys.edx.keys").UsageKey
        return self._courseware.StudentModule.objects.filter(
            course_id=self._key, module_state_key__in=[
                keys.from_string(block).map_into_course(self._key) for block in blocks])

    def states(self, learners, blocks):
        """Return ``{(learner's key, block): fields}`` of the states in progress of a page of learners."""
        rows = self._states(blocks).filter(student_id__in=[each.key for each in learners])
        return {(student, str(block)): _fields(state) for student, block, state in rows.values_list(
            "student_id", "module_state_key", "state")}

    def begun(self, blocks, group=""):
        """Return ``{block: learners}``: how many have a state at each block."""
        rows = self._states(blocks).exclude(state=None).exclude(state="{}").filter(
            student_id__in=self._enrolled(group).values("user_id"))
        return {str(block): number for block, number in rows.values_list("module_state_key").annotate(
            Count("student_id")).order_by()}

    def publish(self, name, file):
        """Put a file among the reports of the instructor dashboard."""
        models = imported("lms.djangoapps.instructor_task.models")
        if models is not None:
            models.ReportStore.from_config("GRADES_DOWNLOAD").store(self._key, name, file)


def _fields(state):
    try:
        found = json.loads(state or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def directory(course):
    """Return the ``Directory`` of a course (id)."""
    named = getattr(settings, "MIGREMPOWER_DIRECTORY", "")
    if named:
        return import_string(named)(course)
    if imported("lms.djangoapps.courseware.models") is None or imported("common.djangoapps.student.models") is None:
        return Directory(course)
    return LmsDirectory(course)
