"""The workbench's settings, with a directory of people whose names are payloads."""

from host.settings import *  # noqa: F403

MIGREMPOWER_DIRECTORY = "tests.browser.hostile_site.Directory"
