"""xblock-sdk's settings, with our pages, edx-submissions and a database of our own under var/."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import django
from workbench.settings import *  # noqa: F403
from workbench.settings import INSTALLED_APPS as _SDK_APPS

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("MIGREMPOWER_VAR", ROOT / "var")).resolve()
VAR.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = ["host", *_SDK_APPS, "submissions", "migrempower_xblock"]
MIDDLEWARE = [
    "host.turns.TurnsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "host.people.PersonMiddleware",
    *(["host.counting.CountingMiddleware"] if os.environ.get("MIGREMPOWER_COUNT_SQL") else []),
]
ROOT_URLCONF = "host.urls"
_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(VAR / "workbench.sqlite3"),
    "OPTIONS": {
        "timeout": 20,
        # A transaction that reads first and writes later would fail at once where another one writes in between.
        # Nobody waits for the disk: only a power cut could harm the file, and "make reset" makes another.
        **({"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF"}
           if django.VERSION >= (5, 1) else {}),
    },
    "TEST": {"NAME": str(VAR / "test.sqlite3")},
}
# Another database, such as postgresql://migrempower@127.0.0.1:5433/workbench; tools/database.py starts one.
_NAMED = urlsplit(os.environ.get("MIGREMPOWER_DATABASE", ""))
DATABASES = {"default": _SQLITE if not _NAMED.scheme else {
    "ENGINE": f"django.db.backends.{_NAMED.scheme}", "NAME": _NAMED.path.strip("/"), "USER": _NAMED.username,
    "HOST": _NAMED.hostname, "PORT": _NAMED.port,
}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "WARNING"}},
    "root": {"handlers": ["console"]},
}
# xblock-sdk's "fs" service needs packages that import pkg_resources; none of our blocks asks for it.
WORKBENCH = {"reset_state_on_restart": False, "services": {"settings": "workbench.services.SettingsService"}}
INSTALLED_APPS.remove("djpyfs")
TIME_ZONE = "Europe/Madrid"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"), ("es", "español"), ("it", "italiano"), ("el", "Ελληνικά"), ("de", "Deutsch"),
    ("fr", "français"), ("ar", "العربيّة"), ("uk", "українська"), ("fa", "فارسی"), ("tr", "Türkçe"),
]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MEDIA_ROOT = VAR / "media"  # where reports are kept; no address serves it
MIGREMPOWER_DIRECTORY = "host.directory.SampleDirectory"
MIGREMPOWER_REPORTS = json.loads(os.environ.get("MIGREMPOWER_REPORTS", "{}"))  # such as {"in_request": 0}
CELERY_BROKER_URL = os.environ.get("MIGREMPOWER_BROKER")  # such as redis://127.0.0.1:6379/0
CELERY_TASK_ALWAYS_EAGER = not CELERY_BROKER_URL
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
