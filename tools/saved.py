"""Make the file of everything this version saves, ``tests/saved/<VERSION>.json``, for later versions to open.

Where it does not come out as it was, what is saved has changed: give ``VERSION`` in ``tests/saved/site.py`` the number
of the version to come, run this, and keep the files of earlier versions as they are.
"""

import os
import sys
import tempfile
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]


def write():
    """Write the file, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
        os.environ |= {"DJANGO_SETTINGS_MODULE": "host.settings", "MIGREMPOWER_VAR": folder}
        django.setup()
        from django.core.management import call_command

        from tests.saved import site

        call_command("migrate", run_syncdb=True, verbosity=0)
        (site.FOLDER / f"{site.VERSION}.json").write_text(site.text(site.made()), "utf-8")


if __name__ == "__main__":
    sys.exit(write())
