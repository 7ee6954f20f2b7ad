"""Speed and size of our blocks, of other XBlocks and of a block that does nothing, in one process and one table.

Run: python benchmarks/peers.py [--turns 60] [--install]

Needs the workbench's packages, in an environment of its own where ``--install`` may install the other blocks. Django's
test client asks the workbench (SQLite in memory, no asides); nothing stands on a page but the block. In every turn each
block in turn is opened, sent something, and then handed in to or, where that is not a thing of its own, opened again:
by a new learner, the passport by one who has been through the sample course, the report on its 200 learners by a
trainer. Times wander between runs, ratios within one run less. SQL includes what transactions take; this runtime asks
for each field alone, so it compares blocks and says nothing of an LMS.
"""

import argparse
import gzip
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from web_fragments.fragment import Fragment  # noqa: E402
from xblock.core import XBlock  # noqa: E402

from benchmarks import reporting  # noqa: E402

PEERS = ("xblock-poll", "xblocks-extra", "xblocks-contrib", "xblock-drag-and-drop-v2", "xblock-problem-builder")
KEPT = ("Django<6", "setuptools<81")  # what peers need and newer ones have not; pip must not change it for a peer
APPS = ("statici18n", "problem_builder")  # of peers, for their tables and templates
LANGUAGES = ("en", "ar")
STAMP = int(time.time() * 1000)
WARM_UP = 5
LONGEST_REASON = 240
COLUMNS = ("view", "save", "then")


class Floor(XBlock):
    """What every block costs: it shows a box and answers, and keeps nothing."""

    def student_view(self, _context=None):
        """Show the box."""
        return Fragment("<div></div>")

    @XBlock.json_handler
    def send(self, _data, _suffix=""):
        """Answer."""
        return {}


@dataclass
class Case:
    """A block to measure.

    ``source`` is its OLX or a unit's name in the sample course; ``posts`` one or two of (handler, what a turn sends as
    ``payload(turn, the person's block)``); ``package`` whose it is, unless it is ours; ``people`` gives the key of who
    comes in a turn.
    """

    name: str
    source: str
    posts: list[tuple[str, Callable]]
    package: str = ""
    people: Callable = "learner-of-turn-{}".format

    @property
    def told(self):
        """What its columns are, in words."""
        return ", ".join(["view", *(handler for handler, _ in self.posts), *(["view again"] * (2 - len(self.posts)))])


# -- what is measured --------------------------------------------------------------------------------------------------

def only(data, languages):
    """Return a document's plain data with its texts in some languages only."""
    if isinstance(data, list):
        return [only(each, languages) for each in data]
    if isinstance(data, dict):
        if languages[0] in data:
            return {language: data[language] for language in languages if language in data}
        return {name: only(each, languages) for name, each in data.items()}
    return data


def evaluation():
    """Return OLX of a self-evaluation: the shipped framework's first 24 competences in two languages."""
    from migrempower_xblock.olx import FRAMEWORK_OLX

    data = only(reporting.framework().to_data(), LANGUAGES) | {"languages": list(LANGUAGES)}
    olx = FRAMEWORK_OLX.to_text(FRAMEWORK_OLX.from_data(data))
    return f'<migrempower_self_evaluation second_language="{LANGUAGES[1]}">{olx}</migrempower_self_evaluation>'


def module():
    """Return OLX of a module of 20 steps, 10 of them activities: a shipped one in English, less what is more."""
    from migrempower_xblock.olx import MODULE_OLX, preset_module

    data = only(preset_module("working-life").to_data(), LANGUAGES[:1]) | {"languages": list(LANGUAGES[:1])}
    activities = [step for step in data["steps"] if "question" in step]
    data["steps"] = [step for step in data["steps"] if step not in activities[10:]]
    found = MODULE_OLX.from_data(data)
    assert (len(found.steps), len(found.activities)) == (20, 10)
    return f"<migrempower_training_module>{MODULE_OLX.to_text(found)}</migrempower_training_module>"


def one_answer(turn, block):
    """Return a request that answers one statement."""
    statement = next(iter(block.load_document().statements))
    return {"round": 1, "answers": {statement: {"stamp": STAMP + turn, "level": turn % 4}}}


def all_answers(turn, block):
    """Return a request that hands in with every statement answered."""
    return {"round": 1, "answers": {statement: {"stamp": STAMP + turn, "level": (turn + place) % 4}
                                    for place, statement in enumerate(block.load_document().statements)}}


def one_check(turn, block):
    """Return a request that has a module's first activity marked, with the right reply."""
    activity = next(iter(block.load_document().activities.values()))
    reply = activity.show_reply(activity.key(), block.veil)
    return {"run": 1, "answers": {activity.id: {"stamp": STAMP + turn, "reply": reply, "check": 1}}}


def one_step(turn, _block):
    """Return a request that writes one step of a learner's plan."""
    return {"number": 1, "answers": {"step:first": {"stamp": STAMP + turn, "will": "I call the office."}}}


def ours():
    """Return the cases that are ours."""
    from host.people import COHORT

    return [
        Case("self-evaluation, 24 × 2 languages", evaluation(),
             [("save_answers", one_answer), ("hand_in", all_answers)]),
        Case("module, 20 steps", module(), [("save_answers", one_check), ("hand_in", lambda *_: {"run": 1})]),
        Case("passport", "passport", [("save_answers", one_step)],
             people=lambda turn: COHORT[turn % len(COHORT)].key),
        Case("cohort report, 200 learners", "cohort-report",
             [("report", lambda *_: {"part": "who"}), ("report", lambda *_: {"part": "what"})],
             people=lambda _: "trainer"),
    ]


def survey(count):
    """Return a case: xblock-poll's survey with so many questions of five answers."""
    questions = json.dumps([[f"can{n}", {"label": f"I manage task {n}", "img": None, "img_alt": None}]
                            for n in range(count)])
    answers = json.dumps([[str(level), f"Level {level}"] for level in range(1, 6)])
    return Case(f"survey, {count} questions", f"<survey private_results='true' max_submissions='0' "
                f"questions='{questions}' answers='{answers}'/>",
                [("vote", lambda turn, _: {f"can{n}": str((turn + n) % 5 + 1) for n in range(count)})], "xblock-poll")


def ratings(count):
    """Return a case: Problem Builder with so many ratings."""
    inside = "".join(f'<pb-rating name="can{n}" low="Not yet" high="Well" question="I manage task {n}" '
                     """correct_choices='["1", "2", "3", "4", "5"]'/>""" for n in range(count))
    return Case(f"problem builder, {count} ratings", f"<problem-builder>{inside}</problem-builder>",
                [("submit", lambda turn, _: {f"can{n}": {"value": str((turn + n) % 5 + 1)} for n in range(count)})],
                "xblock-problem-builder")


def peers():
    """Return the cases of other packages."""
    drop, extra = "xblock-drag-and-drop-v2", "xblocks-extra"
    return [
        Case("poll", "<poll private_results='true' max_submissions='0'/>",
             [("vote", lambda turn, _: {"choice": "RBGO"[turn % 4]})], "xblock-poll"),
        survey(5), survey(20),
        Case("feedback", '<feedback p="100"/>',
             [("feedback", lambda turn, _: {"vote": turn % 5, "freeform": "I understood this."})], extra),
        Case("free text response", "<freetextresponse/>",
             [("submit", lambda *_: {"student_answer": "What I learned this week."})], extra),
        Case("word cloud", "<_word_cloud_extracted/>",
             [("handle_submit_state", lambda turn, _: {"student_words": ["work", "home", f"word{turn % 20}"]})],
             "xblocks-contrib"),
        Case("drag and drop, standard", "<drag-and-drop-v2/>", [("drop_item", lambda *_: {"val": 0, "zone": "top"})],
             drop),
        Case("drag and drop, assessment", '<drag-and-drop-v2 mode="assessment" max_attempts="3"/>',
             [("do_attempt", lambda *_: {})], drop),
        ratings(5), ratings(20),
    ]


# -- the environment ---------------------------------------------------------------------------------------------------

def missing(install):
    """Return ``{package: why it is not there}``; ``install`` lets pip try first."""
    found = {}
    for package in PEERS:
        try:
            version(package)
        except PackageNotFoundError:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *KEPT, package]
            done = subprocess.run(pip, capture_output=True, text=True, check=False) if install else None
            if done is None:
                found[package] = "not installed"
            elif done.returncode:
                found[package] = " ".join(line.removeprefix("ERROR: ") for line in done.stderr.splitlines()
                                          if line.startswith("ERROR"))
    return found


class Location(str):
    """A usage id as blocks written for the LMS ask for it."""

    def html_id(self):
        """Return it as it may stand in HTML."""
        return self.replace(".", "-")


def set_up(folder):
    """Make the workbench ready, with its 200 learners, a page that holds a block alone, and what peers ask for."""
    os.environ["MIGREMPOWER_VAR"] = folder
    from django.conf import settings

    settings.INSTALLED_APPS += [name for name in APPS if find_spec(name)]
    if find_spec("problem_builder"):  # without edx-submissions, as its own workbench has it; it is quicker so
        sys.modules["submissions.api"] = None
        import_module("problem_builder.sub_api")
        del sys.modules["submissions.api"]
    reporting.set_up(folder)
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.urls import path
    from workbench.runtime import WorkbenchRuntime
    from workbench.scenarios import SCENARIOS

    from host import course, sample, urls
    from host.people import EVERYBODY
    from host.runtime import HostRuntime

    logging.disable(logging.CRITICAL)  # some peers log what is sent to them
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    settings.DATABASES["default"]["NAME"] = ":memory:"

    def alone(request, slug):
        fragment = HostRuntime(request.person).get_block(SCENARIOS[slug].usage_id).render("student_view", {})
        return HttpResponse(fragment.head_html() + fragment.body_html() + fragment.foot_html())

    urls.urlpatterns.insert(0, path("view/<slug:slug>/", alone))
    as_in_course = HostRuntime._patch_xblock

    def dressed(self, block):
        as_in_course(self, block)
        with suppress(AttributeError):  # some have these of their own
            block.location = Location(block.scope_ids.usage_id)
            block.category = "chapter"
        if block.scope_ids.usage_id not in in_course:
            block.course_id = "course-v1:bench+bench+1"  # so that the report's course stays as it is

    HostRuntime._patch_xblock = dressed
    HostRuntime.get_asides = lambda self, block: []  # as an LMS without asides; looking for them would hide the blocks
    WorkbenchRuntime.get_policy = lambda self, usage_id: {}  # the LMS's runtime has it
    call_command("migrate", run_syncdb=True, verbosity=0)
    course.load()
    in_course = {unit.usage_id for unit in course.UNITS}
    sample.seed(cohort=True)
    return EVERYBODY


def add_people(everybody, number):
    """Let so many new learners, and some to warm up, come in as ``learner-of-turn-…``."""
    from host.people import USER_IDS, Person

    for turn in range(number):
        person = Person(f"learner-of-turn-{turn}", f"Learner {turn}", "learner")
        everybody[person.key] = person
        USER_IDS[person.key] = len(USER_IDS) + 1


# -- measuring ---------------------------------------------------------------------------------------------------------

def zipped(data):
    """Return the bytes after gzip at the level web servers use."""
    return len(gzip.compress(data, 6))


class Bench:
    """A case made ready: ``times`` are seconds of each column, ``queries``, ``sizes``, ``zipped`` of one turn each."""

    def __init__(self, case, everybody, client):
        from workbench.scenarios import SCENARIOS, add_xml_scenario

        self.case, self.everybody, self.client = case, everybody, client
        self.slug = case.source
        if case.source not in SCENARIOS:
            self.slug = f"case-{len(SCENARIOS)}"
            add_xml_scenario(self.slug, case.name, case.source)
        self.usage = SCENARIOS[self.slug].usage_id
        self.times = [[] for _ in COLUMNS]
        for turn in range(2):  # the first one finds nothing warm
            self.queries, self.sizes = self._counted(turn)
        self.assets = self._assets()

    def _block(self, key):
        from host.runtime import HostRuntime

        return HostRuntime(self.everybody[key]).get_block(self.usage)

    def requests(self, turn):
        """Return the three requests of a turn, as functions that give the reply."""
        key = self.case.people(turn)
        block = self._block(key)
        view = partial(self.client.get, f"/view/{self.slug}/?student={key}")
        posts = [partial(self.client.post, f"/handler/{self.usage}/{handler}/?student={key}",
                         json.dumps(payload(turn, block)), content_type="application/json")
                 for handler, payload in self.case.posts]
        return [view, *posts, view][:len(COLUMNS)]

    def _counted(self, turn):
        """Return (statements, bytes and bytes zipped) of each request of a turn. Raises ``RuntimeError``."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        queries, sizes = [], []
        for ask in self.requests(turn):
            with CaptureQueriesContext(connection) as captured:
                reply = ask()
            told = reply.content.decode(errors="replace")
            if reply.status_code != 200 or "No such view" in told or '"success": false' in told:
                raise RuntimeError(f"{reply.status_code} {told}")
            queries.append(len(captured))
            sizes.append((len(reply.content), zipped(reply.content)))
        return queries, sizes

    def _assets(self):
        """Return the gzipped bytes of the (scripts, styles) the page asks for; the host's own and others' are not
        counted.
        """
        found = {"javascript": 0, "css": 0}
        for resource in self._block(self.case.people(0)).render("student_view", {}).resources:
            kind = next((kind for kind in found if kind in resource.mimetype), None)
            if kind and resource.kind == "text":
                found[kind] += zipped(resource.data.encode())
            elif kind and resource.data.startswith("/resource/"):
                reply = self.client.get(resource.data)
                assert reply.status_code == 200, resource.data
                found[kind] += zipped(b"".join(reply) if reply.streaming else reply.content)
        return tuple(found.values())

    def take_turn(self, turn):
        """Time one turn."""
        for times, ask in zip(self.times, self.requests(turn), strict=True):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)

    def median(self, column):
        """Return a column's median in milliseconds."""
        return 1000 * statistics.median(self.times[column])

    def told(self, column):
        """Return a column's median and 95th percentile in milliseconds, in words."""
        times = sorted(self.times[column])
        return f"{self.median(column):.1f} ({1000 * times[int(len(times) * 0.95)]:.1f})"

    def ratio(self, column, floor):
        """Return how many times the floor's time a column takes: opening beside opening, sending beside sending."""
        is_sent = 0 < column <= len(self.case.posts)
        return self.median(column) / floor.median(1 if is_sent else 0)


def table(benches):
    """Return the lines of the table; the floor comes first."""
    heads = ["block", *(f"{name} ms (p95)" for name in COLUMNS), "SQL of each", "reply kB of each", "page kB gz",
             "JS kB gz", "CSS kB gz", "× the floor, each"]
    rows = [heads]
    for bench in benches:
        rows.append([
            bench.case.name, *map(bench.told, range(len(COLUMNS))), " / ".join(map(str, bench.queries)),
            " / ".join(f"{size / 1000:.1f}" for size, _ in bench.sizes), f"{bench.sizes[0][1] / 1000:.1f}",
            *(f"{size / 1000:.1f}" for size in bench.assets),
            " / ".join(f"{bench.ratio(column, benches[0]):.1f}" for column in range(len(COLUMNS)))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(
        row[1:], widths[1:], strict=True))]) for row in rows]


@XBlock.register_temp_plugin(Floor, "floor")
def measure(folder, turns, left_out):
    """Return the ``Bench``es, the floor first; peers that do not run here are added to ``left_out``."""
    everybody = set_up(folder)
    from django.test import Client

    add_people(everybody, WARM_UP + turns)
    client = Client()
    benches = [Bench(case, everybody, client) for case in [
        Case("floor: a block that does nothing", "<floor/>", [("send", lambda *_: {})]), *ours()]]
    for case in peers():
        if case.package not in left_out:
            try:
                benches.append(Bench(case, everybody, client))
            except Exception as error:  # a peer that does not run here is told of, and no more
                left_out[case.name] = f"{type(error).__name__}: {error}"
    for turn in range(WARM_UP + turns):
        for bench in benches:
            bench.take_turn(turn)
    for bench in benches:
        bench.times = [times[WARM_UP:] for times in bench.times]
    return benches


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--install", action="store_true", help="install the other blocks that are not here")
    wish = parser.parse_args()
    left_out = missing(wish.install)
    with tempfile.TemporaryDirectory() as folder:
        benches = measure(folder, wish.turns, left_out)
    versions = [f"{name} {version(name)}" for name in ("Django", "XBlock", "xblock-sdk", *PEERS)
                if name not in left_out]
    print(f"Python {platform.python_version()}, {', '.join(versions)}; {wish.turns} turns\n")
    print(*table(benches), "", sep="\n")
    for bench in benches:
        print(f"{bench.case.name}: {bench.case.told}")
    for name, why in left_out.items():
        print(f"left out: {name}: {' '.join(why.split())[:LONGEST_REASON]}")


if __name__ == "__main__":
    main()
