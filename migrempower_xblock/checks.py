"""What ``manage.py check`` tells an operator: where reports about learners would lie open, or could not be kept."""

from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages

from . import jobs

_GUIDE = "See docs/operators.rst, \"Where files are kept\"."


def reports_are_kept_privately(**_):
    """Return one message of Django's where the storage of reports is unknown or hands files to anybody, else none.

    Studio makes no reports, so it is not asked.
    """
    if str(getattr(settings, "ROOT_URLCONF", "")).startswith("cms."):
        return []
    alias = jobs.setting("storage")
    try:
        storage = storages[alias]
    except InvalidStorageError as error:
        return [checks.Error(f"Reports cannot be kept in the storage {alias!r} of MIGREMPOWER_REPORTS: {error}",
                             hint=_GUIDE, id="migrempower_xblock.E001")]
    if _is_served(storage):
        return [checks.Warning(f"Reports about learners lie in the storage {alias!r}, whose files anybody can get.",
                               hint=f"Give them a storage of their own. {_GUIDE}", id="migrempower_xblock.W001")]
    return []


def _is_served(storage):
    if isinstance(storage, FileSystemStorage):
        media = settings.MEDIA_ROOT and settings.MEDIA_URL not in ("", "/") and Path(settings.MEDIA_ROOT).absolute()
        return bool(media) and Path(storage.location).is_relative_to(media)
    return str(getattr(storage, "default_acl", "")).startswith("public")  # of django-storages' for buckets
