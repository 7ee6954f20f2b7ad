"""The package as an app of the LMS and Studio: tables of jobs, the instructor dashboard's tab. The blocks work without
it.
"""

from pathlib import Path

from django.apps import AppConfig
from django.core import checks

_SETTINGS = {"relative_path": "plugin"}


class MigrEmpowerConfig(AppConfig):
    """The app; the platform installs it by its entry points."""

    name = label = "migrempower_xblock"
    verbose_name = "MigrEmpower"
    default_auto_field = "django.db.models.BigAutoField"
    # Django looks for folders called static, templates, locale in an app's folder. Ours are the blocks': the platform
    # collects their static files under names of their own, and no other template shall find ours by name.
    path = str(Path(__file__).parent / "migrations")
    # The names are those of edx-django-utils, which is not needed to say them.
    plugin_app = {
        "url_config": {
            "lms.djangoapp": {"namespace": "migrempower", "regex": "^migrempower/", "relative_path": "dashboard.urls"},
        },
        "settings_config": {"lms.djangoapp": {"common": _SETTINGS, "production": _SETTINGS}},
    }

    def ready(self):
        """Let people be retired here whenever the platform retires them, and events become xAPI statements if it
        makes them; tell operators where reports would lie open.
        """
        from . import retirement, xapi
        from .checks import reports_are_kept_privately

        checks.register(reports_are_kept_privately, checks.Tags.security)
        retirement.connect()
        xapi.register()
