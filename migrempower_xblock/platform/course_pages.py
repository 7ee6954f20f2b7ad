"""What a page of ours asks the LMS where it stands beside a course's units: who is asking, addresses, events."""

from contextlib import nullcontext

from django.conf import settings

from . import imported

OUR_BLOCKS = ("migrempower_self_evaluation", "migrempower_training_module", "migrempower_cohort_report")


def course_key(text):
    """Return the key of a course that is there, or None."""
    keys, modulestore = imported("opaque_keys.edx.keys"), imported("xmodule.modulestore.django")
    if keys is None or modulestore is None:
        return None
    try:
        key = keys.CourseKey.from_string(text)
    except imported("opaque_keys").InvalidKeyError:
        return None
    return key if key.is_course and modulestore.modulestore().has_course(key) else None


def course_name(text):
    """Return what the course that is there is called."""
    key = imported("opaque_keys.edx.keys").CourseKey.from_string(text)
    return imported("xmodule.modulestore.django").modulestore().get_course(key).display_name


def is_on_team(user, key):
    """Whether a user is of the team of the course ``key``."""
    access = imported("lms.djangoapps.courseware.access")
    return bool(user and user.is_authenticated and access and access.has_access(user, "staff", key))


def has_report(user, key):
    """Whether a user is shown the report on a course: its team, where it has blocks of ours, unless the
    setting ``MIGREMPOWER_DASHBOARD_TAB`` is false.
    """
    modulestore = imported("xmodule.modulestore.django")
    return bool(modulestore) and getattr(settings, "MIGREMPOWER_DASHBOARD_TAB", True) and is_on_team(user, key) and any(
        modulestore.modulestore().get_items(key, qualifiers={"category": each}) for each in OUR_BLOCKS)


def user_service(user, key):
    """Return the service that tells a block about ``user`` in the course ``key``."""
    services, student = (imported(f"common.djangoapps.{name}") for name in ("xblock_django.user_service",
                                                                            "student.models"))
    return services.DjangoXBlockUserService(
        user, user_is_staff=is_on_team(user, key),
        anonymous_user_id=student.anonymous_id_for_user(user, key) if user.is_authenticated else None)


def current_user():
    """Return whose request is answered, or None."""
    crum = imported("crum")
    return crum.get_current_user() if crum else None


def language_of(user):
    """Return the language a user has chosen for the site, or ""."""
    preferences = imported("openedx.core.djangoapps.user_api.preferences.api")
    return (preferences.get_user_preference(user, "pref-lang") or "") if preferences and user else ""


def static_address(block, path):
    """Return the address of a file below a block's ``static/``."""
    return imported("openedx.core.lib.xblock_utils").xblock_local_resource_url(block, path)


def dashboard_address(course):
    """Return the address of the instructor dashboard of a course (id)."""
    return f"/courses/{course}/instructor"


def absolute(path):
    """Return an address of the LMS with its host."""
    return f"{(getattr(settings, 'LMS_ROOT_URL', None) or '').rstrip('/')}{path}"


def tell(key, name, data):
    """Emit an event about the course ``key``."""
    tracker = imported("eventtracking.tracker")
    if tracker is None:
        return
    found = tracker.get_tracker()
    about = {"course_id": str(key), "org_id": key.org}
    with found.context("migrempower", about) if hasattr(found, "context") else nullcontext():
        found.emit(name, data)
