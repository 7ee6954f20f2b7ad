"""What learners do as xAPI statements, on a site with event-routing-backends; on any other, nothing."""

from importlib import import_module

from django.apps import apps

LIBRARY = "event_routing_backends"
# Verbs as they are shown, and their IRIs.
ANSWERED, INTERACTED, COMPLETED, INITIALIZED = ADL = "answered", "interacted", "completed", "initialized"
SHARED, UNSHARED, DELETED = "shared", "unshared", "deleted"
VERBS = {
    **{word: f"http://adlnet.gov/expapi/verbs/{word}" for word in (*ADL, SHARED)},
    UNSHARED: "http://activitystrea.ms/schema/1.0/unshare",
    DELETED: "https://w3id.org/xapi/dod-isd/verbs/deleted",
}
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
MODULE = "http://adlnet.gov/expapi/activities/module"
MY_DATA = "http://id.tincanapi.com/activitytype/resource"  # what is kept about the learner in an activity
# Each event that becomes a statement, with its verb and the type of its object. The event tells SHARED from UNSHARED.
STATEMENTS = {
    "migrempower.self_evaluation.answered": (ANSWERED, ASSESSMENT),
    "migrempower.self_evaluation.handed_in": (COMPLETED, ASSESSMENT),
    "migrempower.self_evaluation.started_again": (INITIALIZED, ASSESSMENT),
    "migrempower.self_evaluation.sharing_changed": (SHARED, MY_DATA),
    "migrempower.self_evaluation.data_deleted": (DELETED, MY_DATA),
    "migrempower.training_module.answered": (INTERACTED, MODULE),  # a step may be a text that was read
    "migrempower.training_module.handed_in": (COMPLETED, MODULE),
    "migrempower.training_module.started_again": (INITIALIZED, MODULE),
    "migrempower.training_module.sharing_changed": (SHARED, MY_DATA),
    "migrempower.training_module.data_deleted": (DELETED, MY_DATA),
    "migrempower.passport.sharing_changed": (SHARED, MY_DATA),
    "migrempower.passport.data_deleted": (DELETED, MY_DATA),
}
_PROCESSOR, _WHITELIST = "XApiProcessor", "NameWhitelistProcessor"


def register():
    """Have the library make ``STATEMENTS``. Does nothing where it is no app of the site."""
    if apps.is_installed(LIBRARY):
        import_module(".transformers", __package__)


def allow(settings):
    """Let the events of ``STATEMENTS`` through the lists of names that a site's settings keep for xAPI.

    ``settings`` is the module of settings, while it is made. Does nothing where the library is no app of the site. Call
    it after the library's own settings are made (from 9.3 on, before will do); a second time it changes nothing.
    """
    if not any(app.split(".")[0] == LIBRARY for app in settings.INSTALLED_APPS):
        return
    # To this list the library adds its own names, and makes the others of it.
    settings.EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS = _with_ours(
        getattr(settings, "EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS", []))
    if hasattr(settings, "EVENT_BUS_TRACKING_LOGS"):
        settings.EVENT_BUS_TRACKING_LOGS = _with_ours(settings.EVENT_BUS_TRACKING_LOGS)
    _open(getattr(settings, "EVENT_TRACKING_BACKENDS", None) or {})


def _open(backends):
    """Add our names to each list on the way to the processor of statements; return whether there is one."""
    found = False
    for options in (backend.get("OPTIONS", {}) for backend in backends.values()):
        processors = options.get("processors", ())
        engines = {processor["ENGINE"].rsplit(".", 1)[-1] for processor in processors}
        if not _open(options.get("backends", {})) and _PROCESSOR not in engines:
            continue
        found = True
        for processor in processors:
            if processor["ENGINE"].endswith(f".{_WHITELIST}"):
                processor["OPTIONS"]["whitelist"] = _with_ours(processor["OPTIONS"]["whitelist"])
    return found


def _with_ours(names):
    """Return names and ours; a list stays the same list, because settings may hold it in two places."""
    if isinstance(names, set):
        return names | STATEMENTS.keys()
    names = names if isinstance(names, list) else list(names)
    names += [name for name in STATEMENTS if name not in names]
    return names
