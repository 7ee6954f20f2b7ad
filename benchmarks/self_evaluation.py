"""Speed and size of the self-evaluation, beside xblock-poll's survey with 20 questions, in one run.

Run by ``make bench`` in an environment of its own. Every turn a new learner opens the page, sends one answer and opens
the page again, the cases in rotation, through Django's test client, xblock-sdk's own runtime and SQLite in memory.
Printed: the median and 95th percentile in milliseconds, SQL statements, gzipped bytes, and the ratios to the survey.
Times wander between runs; ratios less.
"""

import argparse
import gzip
import json
import logging
import os
import platform
import statistics
import tempfile
import time

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

from migrempower_xblock.olx import preset_framework  # noqa: E402
from migrempower_xblock.self_evaluation import SelfEvaluationBlock  # noqa: E402

STAMP = int(time.time() * 1000)


def survey(count):
    """Return OLX of a survey."""
    questions = json.dumps([[f"q{n}", {"label": f"I can do thing {n}", "img": None, "img_alt": None}]
                            for n in range(count)])
    answers = json.dumps([[str(n), f"Level {n}"] for n in range(1, 6)])
    return f"<survey private_results=\"true\" max_submissions=\"0\" questions='{questions}' answers='{answers}'/>"


def evaluation(count):
    """Return OLX of a self-evaluation of ``count`` competences with real sentences, in English and Arabic."""
    framework = preset_framework("migrempower")
    placed = list(framework.placed_statements())

    def texts(tag, text, number):
        return "".join(f'<{tag} xml:lang="{tag_}">{text[tag_]} {number}</{tag}>' for tag_ in ("en", "ar"))

    competences = ""
    for number in range(count):
        _, competence, statement = placed[number % len(placed)]
        competences += (
            f'<competence id="c{number}">{texts("title", competence.title, number)}'
            f'{texts("advice", competence.advice, number)}<statement id="s{number}" picture="{statement.picture}">'
            f'{texts("text", statement.text, number)}{texts("example", statement.example, number)}'
            f'{texts("alt", statement.alt, number)}</statement></competence>')
    area = framework.areas[0]
    return ('<migrempower_self_evaluation second_language="ar"><framework id="bench" version="1" languages="en ar">'
            f'{texts("title", framework.title, "")}<scale id="help"/><area id="a" picture="{area.picture}">'
            f'{texts("title", area.title, "")}{competences}</area></framework></migrempower_self_evaluation>')


CASES = {
    "survey, 20 questions": (survey(20), "survey", "vote",
                             lambda n: {f"q{q}": str((n + q) % 5 + 1) for q in range(20)}),
    "self-evaluation, 24 × 2 languages": (
        evaluation(24), "migrempower_self_evaluation", "save_answers",
        lambda n: {"round": 1, "answers": {"s3": {"stamp": STAMP + n, "level": n % 4}}}),
    "self-evaluation, 240 × 2 languages": (
        evaluation(240), "migrempower_self_evaluation", "save_answers",
        lambda n: {"round": 1, "answers": {"s3": {"stamp": STAMP + n, "level": n % 4}}}),
}
SURVEY, OURS, LONG = CASES


def no_mocks(_runtime, block):
    """Dress a block as the workbench does, without its mocks and the due date of this very moment."""
    block.location = type("Location", (), {"html_id": lambda self: "bench"})()
    block.course_id = "course-v1:bench+bench+1"
    block.due = block.graceperiod = None
    block.category = "chapter"


def zipped(data):
    """Return the bytes after gzip at the level web servers use."""
    return len(gzip.compress(data, 6))


def measure(turns):
    """Return {case: {request: [(seconds, queries, reply bytes)]}}."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    WorkbenchRuntime._patch_xblock = no_mocks
    WorkbenchRuntime.get_asides = lambda self, block: []  # as an LMS without asides; the search would hide the blocks
    scenarios.get_scenarios.initialized = True
    scenarios.SCENARIOS.clear()
    for number, (name, (olx, *_)) in enumerate(CASES.items()):
        scenarios.add_xml_scenario(name, f"bench {number}", olx)
    client = Client()
    results = {name: {"view": [], "save": [], "view again": []} for name in CASES}

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
        for name, (_, _, handler, payload) in CASES.items():
            learner = f"learner{turn}"
            usage = scenarios.SCENARIOS[name].usage_id
            page = f"/view/{name}/?student={learner}"
            save = f"/handler/{usage}/{handler}/?student={learner}"
            counted = turn == turns + 4 or None

            def get(page=page):
                return client.get(page)

            def post(save=save, payload=payload, turn=turn):
                return client.post(save, json.dumps(payload(turn)), content_type="application/json")

            timed("view", name, get, counted)
            timed("save", name, post, counted)
            timed("view again", name, get, counted)
    return results


def assets(name):
    """Return gzipped (scripts, styles) bytes of our block's own files; None for a peer."""
    if "self-evaluation" not in name:
        return None
    sizes = {"js": 0, "css": 0}
    for kind in sizes:
        for file in ("learner", "self_evaluation"):
            with SelfEvaluationBlock.open_local_resource(f"{kind}/{file}.{kind}") as source:
                sizes[kind] += zipped(source.read())
    return sizes["js"], sizes["css"]


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100)
    results = measure(parser.parse_args().turns)
    print(f"Python {platform.python_version()}, Django {django.__version__}, medians of many turns, "
          "SQL with transaction statements\n")
    print(f"{'case':38}{'request':12}{'median ms':>10}{'p95 ms':>9}{'SQL':>5}{'bytes':>9}{'gzip':>8}")
    medians = {}
    for name, requests in results.items():
        for kind, rows in requests.items():
            *warm, last = rows[5:]
            times = sorted(row[0] * 1000 for row in warm)
            medians[name, kind] = statistics.median(times)
            print(f"{name:38}{kind:12}{medians[name, kind]:10.2f}{times[int(len(times) * 0.95)]:9.2f}"
                  f"{last[1]:5}{last[2]:9}{last[3]:8}")
    scripts, styles = assets(OURS)
    print(f"\nscripts {scripts} bytes gzipped, styles {styles} bytes gzipped")
    for kind in ("view", "save", "view again"):
        print(f"{kind}: {medians[OURS, kind] / medians[SURVEY, kind]:.2f} × the survey's time; 240 statements "
              f"{medians[LONG, kind] / medians[SURVEY, kind]:.2f} ×")


if __name__ == "__main__":
    main()
