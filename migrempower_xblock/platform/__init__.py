"""What Open edX tells us and does for us. The only room that imports from the LMS or Studio.

Each function has an answer where the platform, or a service of it, is absent. Who takes part: ``directory``.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from inspect import signature

from django.http import Http404
from django.urls import reverse


@cache
def imported(name):
    """Return a module of the platform, or None where it is absent; Python would search for it each time."""
    try:
        return import_module(name)
    except ImportError:
        return None


def site_translations():
    """Return the folder into which the platform pulls a site's own catalogues of this package (OEP-58), or None. It
    need not be there.
    """
    api = imported("xmodule.modulestore.api")
    return str(api.get_python_locale_root() / __name__.split(".")[0]) if api else None


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks at a block. ``id`` is the anonymous id of this course, the only one we keep; None for a visitor.
    ``is_staff``: a member of this course's team.
    """

    id: str | None
    user_id: int | None = None
    is_staff: bool = False
    language: str = ""


def person(block):
    """Return the ``Person`` of this request."""
    try:
        service = block.runtime.service(block, "user")
    except (AttributeError, RuntimeError):  # a library's runtime, for a block of nobody
        service = None
    attributes = service.get_current_user().opt_attrs if service else {}
    if attributes.get("edx-platform.is_authenticated") is False:
        return Person(None)
    preferences = attributes.get("edx-platform.user_preferences") or {}
    bound_to = block.scope_ids.user_id
    anonymous_id = attributes.get("edx-platform.anonymous_user_id") or (None if bound_to is None else str(bound_to))
    return Person(
        id=anonymous_id,
        user_id=attributes.get("edx-platform.user_id"),
        is_staff=bool(attributes.get("edx-platform.user_is_staff")
                      or attributes.get("edx-platform.user_role") in ("staff", "instructor")),
        language=preferences.get("pref-lang") or "",
    )


def is_enrolled(block, someone):
    """Whether a person takes part in the block's course. The LMS does not ask this before it calls a handler.

    A content library has no participants; whoever can open a block there may try it.
    """
    if not in_course(block):
        return True
    student = imported("common.djangoapps.student.models")
    if student is None:
        return True
    return student.CourseEnrollment.objects.filter(
        user_id=someone.user_id, course_id=block.scope_ids.usage_id.context_key, is_active=True).exists()


def may_author(block):
    """Whether who is asking may change the block: in Studio only. The LMS lets learners call Studio's handlers too."""
    key, version = _context_key(block), getattr(block, "_runtime_requested_version", None)
    if getattr(version, "value", version) not in (None, "draft"):  # of a library; only its draft can be kept
        return False
    service = block.runtime.service(block, "studio_user_permissions")
    if service is not None:  # where it has both, the older one knows nothing of libraries
        return bool((getattr(service, "can_edit_content", None) or service.can_write)(key))
    libraries = imported("openedx.core.djangoapps.content_libraries.permissions")
    if libraries is None or key is None or key.is_course:
        return False
    found = imported("openedx.core.djangoapps.content_libraries.models").ContentLibrary.objects.get_by_key(key)
    user = getattr(block.runtime, "user", None) or imported("crum").get_current_user()
    return user is not None and user.has_perm(libraries.CAN_EDIT_THIS_CONTENT_LIBRARY, obj=found)


def may_train(block):
    """Whether who is asking may see the reports on the block's course: its team, and not while they look at the course
    as one of its learners.
    """
    someone = person(block)
    return someone.id is not None and someone.is_staff and in_course(block) and not is_acting_as_another(block)


def authored_blocks(block, block_type):
    """Return all blocks of a type in the block's course, for its author."""
    host, key = getattr(block.runtime, "blocks_of_type", None), _context_key(block)
    if host:
        return [each for each, _ in host(block_type)]
    modulestore = imported("xmodule.modulestore.django")
    if modulestore is None or key is None or not key.is_course:
        return []
    return modulestore.modulestore().get_items(key, qualifiers={"category": block_type})


def _context_key(block):
    return getattr(block.scope_ids.usage_id, "context_key", None)


def course_id(block):
    """Return the id of the block's course as a string."""
    return str(_context_key(block) or getattr(block, "course_id", None) or "no-course")


def in_course(block):
    """Whether a course's learners meet the block; in a library or Studio nothing is graded, completed or handed in."""
    if getattr(block.runtime, "is_author_mode", False) or getattr(block, "is_rehearsal", False):
        return False
    context = _context_key(block)
    return context is None or bool(context.is_course)


def latest_state(block, name):
    """Return a field of the learner's state as it is stored at this moment, or None where that is not known.

    The LMS reads a learner's state before it calls a handler; another request may have changed it since. Ask inside of
    the lock of the learner's place.
    """
    host = getattr(block.runtime, "latest_state", None)
    if host:
        return host(block, name)
    courseware = imported("lms.djangoapps.courseware.models")
    if courseware is None:
        return None
    # A locking read sees what others have committed since this transaction began.
    row = courseware.StudentModule.objects.select_for_update().filter(
        student_id=block.scope_ids.user_id, course_id=_context_key(block),
        module_state_key=block.scope_ids.usage_id).first()
    return json.loads(row.state or "{}").get(name) if row else None


def has_begun(block):
    """Whether any learner has a state at the block."""
    host = getattr(block.runtime, "has_begun", None)
    if host:
        return host(block)
    courseware = imported("lms.djangoapps.courseware.models")
    return courseware is not None and courseware.StudentModule.objects.filter(
        course_id=_context_key(block), module_state_key=block.scope_ids.usage_id).exists()


def is_acting_as_another(block):
    """Whether staff look at the course as one particular learner; what they do must not count as that learner's."""
    crum, masquerade = imported("crum"), imported("lms.djangoapps.courseware.masquerade")
    user = crum.get_current_user() if crum and masquerade else None
    return user is not None and masquerade.is_masquerading_as_specific_student(user, _context_key(block))


def deadline(block):
    """Return when the block closes, its due date and grace period together, or None."""
    due = getattr(block, "due", None)
    if due is None:
        return None
    if due.tzinfo is None:
        due = due.replace(tzinfo=UTC)
    return due + (getattr(block, "graceperiod", None) or timedelta())


def shows_correctness(block):
    """Whether a learner may be told now what is right, by the platform's setting ``show_correctness``."""
    wish = getattr(block, "show_correctness", None) or "always"
    if wish.startswith("never"):
        return False
    if wish != "past_due" or person(block).is_staff:
        return True
    closes = deadline(block)
    return closes is None or datetime.now(UTC) > closes


def blocks_of_type(block, block_type):
    """Return [(block, address of its page), …] of a type in the block's course, in course order; as its learner may."""
    if not in_course(block):
        return []
    host = getattr(block.runtime, "blocks_of_type", None)
    if host:
        return host(block_type)
    access, modulestore = imported("lms.djangoapps.courseware.access"), imported("xmodule.modulestore.django")
    if access is None or modulestore is None:
        return []
    course, store, user = _context_key(block), modulestore.modulestore(), imported("crum").get_current_user()
    with store.bulk_operations(course):
        found = [each for each in store.get_items(course, qualifiers={"category": block_type}, include_orphans=False)
                 if access.has_access(user, "load", each, course)]
        found.sort(key=_place_in_course)
    return [(each, reverse("jump_to", args=[str(course), str(each.scope_ids.usage_id)])) for each in found]


def same_learners(block, other):
    """Return another block of the course (usage id) with the state of the learner who is asking, or None."""
    host = getattr(block.runtime, "is_host", None)
    if host:
        return block.runtime.get_block(other)
    rendering, request = imported("lms.djangoapps.courseware.block_render"), imported("crum")
    if rendering is None or request is None:
        return None
    try:
        return rendering.load_single_xblock(
            request.get_current_request(), block.scope_ids.user_id, course_id(block), str(other))
    except Http404:  # what is kept from this one learner, such as by a date of their own, turns out only now
        return None


def _place_in_course(block):
    """Return the positions on the way from the course down to a block, which sort as the course reads."""
    place = []
    parent = block.get_parent()
    while parent is not None:
        place.append(parent.children.index(block.scope_ids.usage_id) if block.scope_ids.usage_id in parent.children
                     else -1)
        block, parent = parent, parent.get_parent()
    return place[::-1]


def authored_html(block, html):
    """Return HTML an author wrote with its ``/static/`` addresses as a browser can open them."""
    service = block.runtime.service(block, "replace_urls")
    return html if service is None or "/static/" not in html else service.replace_urls(html)


def authored_address(block, address):
    """Return the address a browser can open for one an author wrote, such as ``/static/tea.mp3``."""
    service = block.runtime.service(block, "replace_urls") or _studios_urls(block)
    if service is None or not address.startswith("/static/"):
        return address
    return service.replace_urls(f'"{address}"').strip('"')


def _studios_urls(block):
    """Return the service for addresses where Studio edits a block and offers none, or None."""
    services, key = imported("common.djangoapps.static_replace.services"), _context_key(block)
    if services is None or key is None or not key.is_course:
        return None
    by_course = "course_id" in signature(services.ReplaceURLService).parameters  # older ones ask for the course
    return services.ReplaceURLService(course_id=key) if by_course else services.ReplaceURLService(xblock=block)


def anonymous_ids(block, usernames):
    """Return ``{username: anonymous id}`` for those of ``usernames`` that are known, in two queries."""
    student = imported("common.djangoapps.student.models")
    if student is None:
        service = block.runtime.service(block, "user")
        find = getattr(service, "get_anonymous_user_id", None)
        found = {name: find(name, course_id(block)) for name in usernames} if find else {}
        return {name: anonymous for name, anonymous in found.items() if anonymous}
    rows = student.AnonymousUserId.objects.filter(
        user__username__in=list(usernames), course_id=_context_key(block)).order_by("id")
    return dict(rows.values_list("user__username", "anonymous_user_id"))
