"""How the benchmarks measure: Django's test client, xblock-sdk's own runtime, SQLite in memory, the cases in rotation.

Every turn a new learner opens the page, sends something and opens the page again. Times wander between runs; ratios
within one run less.
"""

import gzip
import json
import logging
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

os.environ["DJANGO_SETTINGS_MODULE"] = "workbench.settings"
os.environ["WORKBENCH_DATABASES"] = json.dumps(
    {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
_scratch = tempfile.TemporaryDirectory()
os.makedirs(os.path.join(_scratch.name, "var"))  # noqa: PTH103, PTH118
os.chdir(_scratch.name)  # xblock-sdk logs to var/ below the working directory

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.DEBUG = False
settings.ALLOWED_HOSTS = ["*"]
settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "submissions"]
for templates in settings.TEMPLATES:
    templates["OPTIONS"]["debug"] = False
django.setup()
logging.disable(logging.CRITICAL)

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from workbench import scenarios  # noqa: E402
from workbench.runtime import WorkbenchRuntime  # noqa: E402

STAMP = int(time.time() * 1000)
REQUESTS = ("view", "send", "view again")


@dataclass(frozen=True)
class Case:
    """A block to measure: its OLX, the handler, and what a turn sends, ``payload(turn, the learner's block)``."""

    name: str
    olx: str
    handler: str
    payload: Callable


def no_mocks(_runtime, block):
    """Dress a block as the workbench does, without its mocks and the due date of this very moment."""
    block.location = type("Location", (), {"html_id": lambda self: "bench"})()
    block.course_id = "course-v1:bench+bench+1"
    block.due = block.graceperiod = None
    block.category = "chapter"


def zipped(data):
    """Return the bytes after gzip at the level web servers use."""
    return len(gzip.compress(data, 6))


def measure(cases, turns):
    """Return {case: {request: [(seconds, queries, reply bytes, gzipped)]}}."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    WorkbenchRuntime._patch_xblock = no_mocks
    WorkbenchRuntime.get_asides = lambda self, block: []  # as an LMS without asides; the search would hide the blocks
    scenarios.get_scenarios.initialized = True
    scenarios.SCENARIOS.clear()
    for number, case in enumerate(cases):
        scenarios.add_xml_scenario(f"case{number}", case.name, case.olx)
    client = Client()
    results = {case.name: {request: [] for request in REQUESTS} for case in cases}

    def timed(kind, name, request, count):
        began = time.perf_counter()
        if count:
            with CaptureQueriesContext(connection) as captured:
                reply = request()
        else:
            reply, captured = request(), ()
        took = time.perf_counter() - began
        if reply.status_code != 200:
            raise RuntimeError(f"{name}, {kind}: {reply.status_code} {reply.content[:300]}")
        results[name][kind].append((took, len(captured), len(reply.content), zipped(reply.content)))

    for turn in range(turns + 5):
        for number, case in enumerate(cases):
            learner = f"learner{turn}"
            usage = scenarios.SCENARIOS[f"case{number}"].usage_id
            page = f"/view/case{number}/?student={learner}"
            handler = f"/handler/{usage}/{case.handler}/?student={learner}"
            block = WorkbenchRuntime(learner).get_block(usage)
            no_mocks(None, block)
            body = json.dumps(case.payload(turn, block))
            counted = turn == turns + 4 or None
            timed("view", case.name, lambda page=page: client.get(page), counted)
            timed("send", case.name, lambda handler=handler, body=body: client.post(
                handler, body, content_type="application/json"), counted)
            timed("view again", case.name, lambda page=page: client.get(page), counted)
    return results


def report(results):
    """Print a table; return {(case, request): median ms}."""
    print(f"Python {platform.python_version()}, Django {django.__version__}, medians of many turns, "
          "SQL with transaction statements\n")
    print(f"{'case':40}{'request':12}{'median ms':>10}{'p95 ms':>9}{'SQL':>5}{'bytes':>9}{'gzip':>8}")
    medians = {}
    for name, requests in results.items():
        for kind, rows in requests.items():
            *warm, last = rows[5:]
            times = sorted(row[0] * 1000 for row in warm)
            medians[name, kind] = statistics.median(times)
            print(f"{name:40}{kind:12}{medians[name, kind]:10.2f}{times[int(len(times) * 0.95)]:9.2f}"
                  f"{last[1]:5}{last[2]:9}{last[3]:8}")
    return medians


def print_assets(block_class):
    """Print the gzipped bytes of the scripts and styles a view of our block loads."""
    for kind in ("js", "css"):
        sizes = {}
        for file in ("learner", block_class.block_name):
            with block_class.open_local_resource(f"{kind}/{file}.{kind}") as source:
                sizes[f"{file}.{kind}"] = zipped(source.read())
        print(f"{' + '.join(f'{name} {size}' for name, size in sizes.items())} = {sum(sizes.values())} bytes gzipped")
