"""The package as an app of the LMS and Studio: it has tables, of jobs only. The blocks work without it."""

from pathlib import Path

from django.apps import AppConfig


class MigrEmpowerConfig(AppConfig):
    """The app; the platform installs it by its entry points."""

    name = label = "migrempower_xblock"
    verbose_name = "MigrEmpower"
    default_auto_field = "django.db.models.BigAutoField"
    # Django looks for folders called static, templates, locale in an app's folder. Ours are the blocks': the platform
    # collects their static files under names of their own, and no other template shall find ours by name.
    path = str(Path(__file__).parent / "migrations")
    plugin_app = {}  # its presence lets the platform install the app; there is nothing to set
