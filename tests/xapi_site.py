"""An LMS with event-routing-backends, in a process of its own: the library's own tracker, settings and transformers.

As a settings module it is put together as the LMS's are: the apps that packages name in their entry points, and what
these add to the settings. ``python -m tests.xapi_site`` reads events as JSON ({"name", "data", "block", "user"}),
publishes each as the LMS does and prints what came of it: {"statements": a list for each event, "errors": what was
logged as one, "lists": the names that are let through, for all, for xAPI and for Caliper, "bus": those of the event
bus, "known": the library's own words, "lms", "course", "session"}. No test may import it: it stands in for modules of
the LMS.
"""

import json
import logging
import sys
import uuid
from types import ModuleType, SimpleNamespace

COURSE, SESSION, LMS = "course-v1:MigrEmpower+Site+2026", "0123456789abcdef", "https://lms.example"

# -- what the library asks of the LMS ----------------------------------------------------------------------------------

_NAMESPACE = uuid.UUID("3f0c5f0e-5b1b-4f6e-9a51-0c4f6f0b8a11")


def _external_id(user, _kind):
    return SimpleNamespace(external_user_id=uuid.uuid5(_NAMESPACE, user.username)), False


def _retired(_username):
    """Return nobody: no learner of these tests is retired."""


def _course_overviews(keys):
    return [{"display_name": f"The course {key}"} for key in keys]


for _module, _names in {
    "common.djangoapps.student.models": {"get_potentially_retired_user_by_username": _retired},
    "openedx.core.djangoapps.content.course_overviews.api": {"get_course_overviews": _course_overviews},
    "openedx.core.djangoapps.external_user_ids.models": {
        "ExternalId": SimpleNamespace(add_new_user_id=_external_id), "ExternalIdType": SimpleNamespace(XAPI="xapi")},
}.items():
    sys.modules[_module] = ModuleType(_module)
    vars(sys.modules[_module]).update(_names)

# -- settings ----------------------------------------------------------------------------------------------------------

if __name__ != "__main__":
    from edx_django_utils.plugins import add_plugins, get_plugin_apps

    SECRET_KEY, USE_TZ, LMS_ROOT_URL, ENV_TOKENS = "a key", True, LMS, {}
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
    EVENT_TRACKING_ENABLED = True
    EVENT_TRACKING_BACKENDS = {"tracking_logs": {"ENGINE": "eventtracking.backends.logger.LoggerBackend", "OPTIONS": {
        "name": "tracking", "max_event_size": 50_000}}}
    INSTALLED_APPS = [
        "django.contrib.auth", "django.contrib.contenttypes", "eventtracking.django.apps.EventTrackingConfig",
        "celery_utils", "submissions", *get_plugin_apps("lms.djangoapp")]
    for _stage in ("common", "production"):
        add_plugins(__name__, "lms.djangoapp", _stage)


# -- the site at work --------------------------------------------------------------------------------------------------

class Kept(logging.Handler):
    """Keeps the messages of a logger."""

    def __init__(self, name, level=logging.INFO):
        super().__init__(level)
        self.messages = []
        logger = logging.getLogger(name)
        logger.addHandler(self)
        logger.setLevel(level)

    def emit(self, record):
        self.messages.append(record.getMessage())

    def taken(self):
        messages, self.messages = self.messages, []
        return messages


def publish(event, user):
    """Publish an event with what the LMS puts around it; without a block where no request to one was made."""
    from eventtracking.tracker import get_tracker

    tracker, block = get_tracker(), event["block"]
    around = {
        **({"module_callback_handler": {"module": {"display_name": "A block", "usage_key": block}}} if block else {}),
        event["name"]: {"course_id": COURSE, "org_id": "MigrEmpower", "user_id": user.id, "asides": {}},
        "edx.course.server": {"username": user.username, "session": SESSION, "event_source": "server",
                              "page": "x_module", "ip": "", "agent": "", "host": "", "path": "/handler"},
    }
    for name, context in around.items():
        tracker.enter_context(name, context)
    tracker.emit(event["name"], event["data"])
    for name in around:
        tracker.exit_context(name)


def main():
    """Publish what stands on the standard input; print what came of it."""
    import os

    import django
    from celery import Celery

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.xapi_site"
    Celery("site", set_as_current=True).conf.task_always_eager = True
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from event_routing_backends.processors.xapi import constants
    from eventtracking.processors.whitelist import NameWhitelistProcessor
    from eventtracking.tracker import get_tracker

    call_command("migrate", run_syncdb=True, verbosity=0)
    events = json.load(sys.stdin)
    users = {key: User.objects.create(username=key) for key in sorted({event["user"] for event in events})}
    statements, errors = Kept("xapi_tracking"), Kept("", logging.ERROR)
    made = []
    for event in events:
        publish(event, users[event["user"]])
        made.append([json.loads(message) for message in statements.taken()])
    backend = get_tracker().backends["event_transformer"]
    lists = [processor.whitelist for each in (backend, backend.backends["xapi"], backend.backends["caliper"])
             for processor in each.processors if isinstance(processor, NameWhitelistProcessor)]
    print(json.dumps({"statements": made, "errors": errors.messages, "lists": [sorted(names) for names in lists],
                      "bus": sorted(settings.EVENT_BUS_TRACKING_LOGS),
                      "lms": LMS, "course": COURSE, "session": SESSION,
                      "known": {name: value for name, value in vars(constants).items() if name.isupper()}}))


if __name__ == "__main__":
    main()
