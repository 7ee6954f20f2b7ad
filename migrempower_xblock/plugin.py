"""What the package adds to the settings of the LMS. Nothing of it has to be set by hand."""

from pathlib import Path

from . import xapi

FILTERS = {
    "org.openedx.learning.instructor.dashboard.render.started.v1": "migrempower_xblock.dashboard.steps.OldTab",
    "org.openedx.learning.instructor.dashboard.tabs.requested.v1": "migrempower_xblock.dashboard.steps.NewTab",
}
MAKO = str(Path(__file__).parent / "dashboard" / "mako")


def plugin_settings(settings):
    """Add the dashboards' tabs, and our events to those that become xAPI statements.

    The platform calls this once for its common settings and again for production's, which may have replaced what stood
    there; what is there already is left alone.
    """
    filters = {**(getattr(settings, "OPEN_EDX_FILTERS_CONFIG", None) or {})}
    for name, step in FILTERS.items():
        filters[name] = _with_step(filters.get(name), step)
    settings.OPEN_EDX_FILTERS_CONFIG = filters
    # The second list is made of the first one, before or after this call.
    lists = [getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", None)]
    lists += [engine.get("DIRS") for engine in getattr(settings, "TEMPLATES", ())
              if "edxmako" in engine.get("BACKEND", "")]
    for folders in lists:
        if isinstance(folders, list) and MAKO not in map(str, folders):
            folders.append(MAKO)
    xapi.allow(settings)


def _with_step(configured, step):
    """Return a filter's configuration, in any of the forms Open edX's filters take, with one step more at its end."""
    if not isinstance(configured, dict):
        steps = [configured] if isinstance(configured, str) else list(configured or [])
        # A tab that fails must not take the dashboard with it.
        configured = {"fail_silently": True, "pipeline": steps}
    steps = configured.get("pipeline") or []
    steps = [steps] if isinstance(steps, str) else list(steps)
    return {**configured, "pipeline": steps if step in steps else [*steps, step]}
