"""What the LMS does when it is asked: a runtime whose learners' state is in ``StudentModule``, services, functions."""

import hashlib
import json
from importlib import import_module
from types import SimpleNamespace

from django.contrib.auth.models import User
from django.http import Http404
from opaque_keys.edx.keys import CourseKey, UsageKey
from xblock.fields import Scope, ScopeIds
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import KeyValueStore, KvsFieldData, Runtime

from . import models

COURSE = CourseKey.from_string("course-v1:MigrEmpower+Lms+2026")
STAFF = {"staff", "limited_staff", "instructor"}  # for whom has_access(…, "staff", …) is true


def usage(name, block_type="migrempower_self_evaluation", course=COURSE):
    return course.make_usage_key(block_type, name)


def anonymous_id_for_user(user, course_id, secret=""):
    """Return the id made last, or make one, as the LMS does when somebody opens a block for the first time."""
    kept = models.AnonymousUserId.objects.filter(user=user, course_id=course_id).order_by("-id").first()
    if kept and not secret:
        return kept.anonymous_user_id
    made = hashlib.shake_128(f"{secret}{user.id}{course_id}".encode()).hexdigest(16)
    return models.AnonymousUserId.objects.create(
        user=user, course_id=course_id, anonymous_user_id=made).anonymous_user_id


# -- who is looking ----------------------------------------------------------------------------------------------------

class Masquerade:
    """As whom staff look at a course: ``user.masquerade_settings`` is {course key: this}."""

    def __init__(self, role="student", user_name=None):
        self.role, self.user_name = role, user_name


def masquerade_of(user, course_key):
    return getattr(user, "masquerade_settings", {}).get(course_key)


def is_masquerading_as_specific_student(user, course_key):
    found = masquerade_of(user, course_key)
    return bool(found and found.user_name)


def roles(user, course_key):
    """Return what of "instructor" and "staff" a user has access as; nothing while they look as a learner."""
    found = masquerade_of(user, course_key)
    if found and found.role == "student":
        return set()
    if user.is_staff:
        return {"staff", "instructor"}
    rows = models.CourseAccessRole.objects.filter(user=user, org=course_key.org)
    named = {row.role for row in rows if row.course_id in (course_key, None)} & STAFF
    return (named & {"instructor"}) | ({"staff"} if named else set())


class DjangoXBlockUserService(UserService):
    """What a runtime knows of its user, which is only what it is told."""

    def __init__(self, user, anonymous_user_id=None, user_is_staff=False, user_role="student",
                 user_is_beta_tester=False):
        super().__init__()
        self.user = user
        self.told = {"anonymous_user_id": anonymous_user_id, "user_is_staff": user_is_staff, "user_role": user_role,
                     "user_is_beta_tester": user_is_beta_tester}

    def get_current_user(self):
        found = XBlockUser(is_current_user=True)
        if self.user is None or not self.user.is_authenticated:
            found.opt_attrs["edx-platform.is_authenticated"] = False
            return found
        told = {"is_authenticated": True, "user_id": self.user.id, "username": self.user.username,
                "user_preferences": {"pref-lang": "en"}, **self.told}
        found.opt_attrs = {f"edx-platform.{name}": value for name, value in told.items()}
        return found


def user_service(user, course_key):
    """Return what the runtime of a course is told of a user in the LMS."""
    if user is None or not user.is_authenticated:
        return DjangoXBlockUserService(user)
    access = roles(user, course_key)
    return DjangoXBlockUserService(
        user, anonymous_id_for_user(user, course_key), user_is_staff="staff" in access,
        user_role=next((each for each in ("instructor", "staff") if each in access), "student"),
        user_is_beta_tester=models.CourseAccessRole.objects.filter(
            user=user, course_id=course_key, role="beta_testers").exists())


# -- blocks ------------------------------------------------------------------------------------------------------------

class Store(KeyValueStore):
    """A course's content in memory, learners' state in ``StudentModule``."""

    def __init__(self, content):
        self.content = content

    def _fields(self, key):
        if key.scope != Scope.user_state:
            return self.content.setdefault((key.user_id, key.block_scope_id), {})
        row = models.StudentModule.objects.filter(
            student_id=key.user_id, module_state_key=key.block_scope_id,
            course_id=key.block_scope_id.context_key).first()
        return json.loads(row.state or "{}") if row else {}

    def get(self, key):
        return self._fields(key)[key.field_name]

    def has(self, key):
        return key.field_name in self._fields(key)

    def delete(self, key):
        self._write(key, {name: value for name, value in self._fields(key).items() if name != key.field_name})

    def set(self, key, value):
        self._write(key, {**self._fields(key), key.field_name: value})

    def _write(self, key, fields):
        if key.scope == Scope.user_state:
            models.StudentModule.objects.update_or_create(
                student_id=key.user_id, module_state_key=key.block_scope_id,
                course_id=key.block_scope_id.context_key, defaults={"state": json.dumps(fields)})
        else:
            self.content[key.user_id, key.block_scope_id] = fields


class LmsRuntime(Runtime):
    """The runtime of a request of one user (None: a visitor). ``content`` is {(None, usage key): authored fields}."""

    def __init__(self, user, content, services=(), mixins=()):
        super().__init__(id_reader=None, id_generator=None, mixins=mixins, services={
            "field-data": KvsFieldData(Store(content)), "user": user_service(user, COURSE), **dict(services)})
        self.key, self.content = user and user.id, content

    def get_block(self, usage_id, for_parent=None):
        return self.construct_xblock(
            usage_id.block_type, ScopeIds(self.key, usage_id.block_type, usage_id, usage_id))

    def blocks_of_type(self, block_type):
        """Stand in for the modulestore, which is no part of this double."""
        return [(self.get_block(key), f"/jump_to/{key}") for user, key in list(self.content)
                if user is None and isinstance(key, UsageKey) and key.block_type == block_type]

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        return f"/handler/{block.scope_ids.usage_id}/{handler_name}/{suffix}"

    def local_resource_url(self, block, uri):
        return f"/static/{uri}"

    def resource_url(self, resource):
        return f"/static/{resource}"

    def publish(self, block, event_type, event_data):
        """Grades and events are told to nobody."""


# -- modules of the LMS ------------------------------------------------------------------------------------------------

class ReportStore:
    """The instructor dashboard's files. As the LMS's, it reads the file from where it stands."""

    kept = {}

    @classmethod
    def from_config(cls, config_name):
        assert config_name == "GRADES_DOWNLOAD"
        return cls()

    def store(self, course_id, filename, buff, parent_dir=""):
        contents = buff.read()
        self.kept[course_id, filename] = contents if isinstance(contents, bytes) else contents.encode("utf-8")


class Lms:
    """The LMS in one request: whose it is, and what can be imported there."""

    models, Masquerade, ReportStore = models, Masquerade, ReportStore

    def __init__(self):
        self.user, self.content, self.hidden = None, {}, set()
        crum = SimpleNamespace(get_current_user=lambda: self.user, get_current_request=lambda: self)
        self._modules = {
            "crum": crum,
            "common.djangoapps.student.models": models,
            "lms.djangoapps.courseware.models": models,
            "lms.djangoapps.courseware.masquerade": SimpleNamespace(
                is_masquerading_as_specific_student=is_masquerading_as_specific_student),
            "lms.djangoapps.courseware.block_render": SimpleNamespace(load_single_xblock=self.load_single_xblock),
            "lms.djangoapps.instructor_task.models": SimpleNamespace(ReportStore=ReportStore),
            "openedx.core.djangoapps.course_groups.models": models,
        }

    def imported(self, name):
        """Stand in for ``platform.imported``."""
        return import_module(name) if name.startswith("opaque_keys.") else self._modules.get(name)

    def load_single_xblock(self, request, user_id, course_id, usage_key_string, course=None, will_recheck_access=False):
        key = UsageKey.from_string(usage_key_string).map_into_course(CourseKey.from_string(course_id))
        user = User.objects.get(id=user_id)
        if request is not self or key in self.hidden:
            raise Http404
        return self.runtime(user).get_block(key)

    def runtime(self, user):
        """Return the runtime of a request of a user in the course."""
        return LmsRuntime(user, self.content)

    def open_block(self, key, user, real_user=None):
        """Return a block as a request of ``user`` has it; ``real_user`` looks at the course as that learner."""
        self.user = real_user or user
        return self.runtime(user).get_block(key)

    # -- people ----------------------------------------------------------------------------------------------------

    def add_user(self, username, name=None, enrolled=True, opened=True, cohort=None, course=COURSE, **fields):
        """Add a user: ``name`` None is one without a profile, ``opened`` False one who has no anonymous id yet."""
        user = User.objects.create(username=username, **fields)
        if name is not None:
            models.UserProfile.objects.create(user=user, name=name)
        if enrolled is not None:
            models.CourseEnrollment.objects.create(user=user, course_id=course, is_active=enrolled)
        if opened:
            anonymous_id_for_user(user, course)
        if cohort is not None:
            models.CohortMembership.objects.create(course_user_group=cohort, user=user, course_id=cohort.course_id)
        return user

    def add_role(self, user, role, org=COURSE.org, course=COURSE):
        models.CourseAccessRole.objects.create(user=user, role=role, org=org, course_id=course)
        return user

    def add_cohort(self, name, course=COURSE, group_type="cohort"):
        return models.CourseUserGroup.objects.create(name=name, course_id=course, group_type=group_type)

    def id_of(self, user, course=COURSE):
        return models.AnonymousUserId.objects.filter(user=user, course_id=course).order_by("-id")[0].anonymous_user_id
