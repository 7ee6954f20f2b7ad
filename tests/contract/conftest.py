"""The site in which the contract is held to."""

from importlib import import_module

import pytest

from tests.test_platform import double  # noqa: F401 - a fixture


@pytest.fixture
def site(double, db, monkeypatch, settings, tmp_path):  # noqa: F811
    """A ``runtimes.Site`` in place of the platform."""
    found = import_module("tests.contract.runtimes").Site()
    settings.MIGREMPOWER_DIRECTORY = ""
    settings.MEDIA_ROOT = tmp_path
    settings.ROOT_URLCONF = "tests.contract.urls"
    settings.AUTHENTICATION_BACKENDS = ["tests.contract.runtimes.LibraryRules"]
    for room in ("platform", "platform.directory"):
        monkeypatch.setattr(import_module(f"migrempower_xblock.{room}"), "imported", found.imported)
    return found
