"""Many learners and trainers at once: no request fails, no round is lost, everybody has one grade.

``python -m tools.crowd`` starts a workbench (threaded server) and lets 200 learners and 5 trainers at it, each in a
thread of their own. ``MIGREMPOWER_DATABASE`` names another database than SQLite, see ``make test-db``.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .server import ROOT, Server

ARGUMENTS = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
START, MODULE, PASSPORT, REPORT = (f"{name}.migrempower_{kind}.d0.u0" for name, kind in (
    ("start", "self_evaluation"), ("equal-treatment", "training_module"), ("passport", "passport"),
    ("cohort-report", "cohort_report")))
PARTS = ("who", "what", "change", "training", "files")


class Failed(Exception):
    """A reply that nobody should get."""


def _unit(block):
    return block.partition(".")[0]


class Visitor:
    """One person with a connection of their own; ``crowd.took`` gets (what, seconds, statements of SQL or None where
    the server does not count them) of each request.
    """

    def __init__(self, crowd, key):
        self.crowd, self.key = crowd, key
        self.connection = http.client.HTTPConnection("127.0.0.1", crowd.port, timeout=120)
        self.token = ""

    def ask(self, what, method, path, body=None, expected=(200,)):
        """Send a request and return the reply as text. Raises ``Failed`` where its status is not expected."""
        began = time.perf_counter()
        headers = {"Cookie": f"csrftoken={self.token}", "X-CSRFToken": self.token, "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, f"{path}?student={self.key}", sent, headers)
            reply = self.connection.getresponse()
            text = reply.read().decode("utf-8", "replace")
        except OSError:
            self.connection.close()  # the next request has one of its own
            raise
        self.crowd.took.append((what, time.perf_counter() - began, reply.headers.get("X-Statements")))
        found = re.search("csrftoken=([^;]+)", reply.headers.get("Set-Cookie", ""))
        if found:
            self.token = found[1]
        if reply.status not in expected:
            raise Failed(f"{self.key}: {what} gave {reply.status}: {text[:200]}")
        return text

    def open(self, slug):
        """Open a unit and return the arguments of its page."""
        return json.loads(ARGUMENTS.search(self.ask(f"{slug} view", "GET", f"/unit/{slug}/"))[1])

    def state(self, block):
        """Return what a native client is told."""
        return json.loads(self.ask(f"{_unit(block)} state", "GET", f"/handler/{block}/student_view_user_state/"))

    def post(self, block, handler, body, expected=(200,)):
        """Send a request to a block's handler and return the reply."""
        return json.loads(self.ask(f"{_unit(block)} {handler}", "POST", f"/handler/{block}/{handler}/", body, expected))

    def twice(self, block, handler, body):
        """Send the same request over two connections at the same time, as a phone does that lost the first reply."""
        other = Visitor(self.crowd, self.key)
        other.token = self.token
        with ThreadPoolExecutor(2) as pool:
            return [each.result() for each in [pool.submit(who.post, block, handler, body) for who in (self, other)]]


class Crowd:
    """What everybody did, and what should be kept of it."""

    def __init__(self, port):
        self.port, self.took, self.errors, self.sent, self.sessions = port, [], [], {}, Counter()
        self.learning = True

    def learn(self, number, key):
        """One learner's day: a self-evaluation, a module, a plan."""
        me = Visitor(self, key)
        page = me.open("start")
        stamp, statements = page["now"], [each["id"] for each in page["statements"]]
        mine = {statement: {"stamp": stamp + place, "level": (number + place) % 4}
                for place, statement in enumerate(statements)}
        me.twice(START, "share", {"shared": True, "stamp": stamp})
        for place in range(0, len(statements), 6):
            part = {statement: mine[statement] for statement in statements[place:place + 6]}
            me.twice(START, "save_answers", {"round": page["round"], "answers": part})
        me.twice(START, "hand_in", {"round": page["round"], "answers": mine})
        self.sent[key] = {statement: answer["level"] for statement, answer in mine.items()}

        found = me.state(MODULE)
        for place, step in enumerate(each for each in found["steps"] if each["form"] == "options"):
            reply = [step["options"][0]["name"]]
            me.twice(MODULE, "save_answers", {"run": found["run"], "answers": {
                step["id"]: {"stamp": found["now"] + place, "reply": reply, "check": 1}}})
        me.twice(MODULE, "hand_in", {"run": found["run"], "answers": {}})
        me.twice(PASSPORT, "save_answers", {"number": 1, "answers": {
            "step:first": {"stamp": stamp, "will": "I ask at the office.", "on": "2027-01-15"}}})

    def train(self, number, key):
        """One trainer's day, as long as anybody learns: the report, and conversations with those who share."""
        me = Visitor(self, key)
        me.open("cohort-report")
        turn = 0
        while self.learning or not self.sessions[key]:
            me.post(REPORT, "report", {"part": PARTS[turn % len(PARTS)]})
            people = list(self.sent)[number::5]
            if people:
                learner = people[turn % len(people)]
                me.post(REPORT, "profile", {"learner": self.ids[learner]})
                body = {"learner": self.ids[learner], "block": START, "comment": f"{key} {turn}",
                        "session": f"{key}-{turn:06}-{id(self) % 1000}"}
                me.twice(REPORT, "save_view", body)
                self.sessions[key] += 1
            turn += 1

    def run(self, what, number, key):
        """Let somebody do something; what goes wrong is told at the end."""
        try:
            what(number, key)
        except Exception as error:  # noqa: BLE001 - everything that goes wrong is a finding
            self.errors.append(f"{type(error).__name__}: {error}")


def kept(crowd, learners):
    """Return [what is not as it should be, …] in the database, by Django's ORM in this process."""
    from submissions.models import Submission

    from host.models import Grade
    from migrempower_xblock.records import ROUNDS, RUNS, SHARING, VIEWS

    rows = list(Submission.objects.select_related("student_item"))
    kinds = Counter((row.student_item.item_type, row.student_item.student_id) for row in rows)
    found = []
    for key in learners:
        learner = crowd.ids[key]
        rounds = [row.answer for row in rows
                  if row.student_item.item_type == ROUNDS and row.student_item.student_id == learner]
        levels = [{statement: answer["level"] for statement, answer in each["answers"].items()} for each in rounds]
        if levels != [crowd.sent.get(key)]:
            found.append(f"{key}: {len(rounds)} rounds; the answers are not those that were sent once")
        found += [f"{key}: {kinds[kind, learner]} rows of {kind}" for kind in (RUNS, SHARING)
                  if kinds[kind, learner] != 1]
        grades = Counter(Grade.objects.filter(learner=key, earned__isnull=False).values_list("block", flat=True))
        if grades != {START: 1, MODULE: 1}:
            found.append(f"{key}: grades {dict(grades)}")
    views = sum(row.student_item.item_type == VIEWS for row in rows)
    if views != sum(crowd.sessions.values()):
        found.append(f"{views} records of trainers for {sum(crowd.sessions.values())} conversations")
    return found


def told(crowd, seconds, database):
    """Return the table of what was measured."""
    talks = sum(crowd.sessions.values())
    lines = [f"{len(crowd.sent)} learners, {talks} conversations, "
             f"{len(crowd.took)} requests in {seconds:.0f} s on {database}"]
    by_kind = {}
    for what, took, _ in crowd.took:
        by_kind.setdefault(what, []).append(1000 * took)
    for what, times in sorted(by_kind.items()):
        lines.append(f"  {what:34} {len(times):6}  median {statistics.median(times):6.0f} ms   "
                     f"slowest {max(times):6.0f} ms")
    return "\n".join(lines)


def main(arguments=None):
    """Run it; the exit code is 1 where anything failed or was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--trainers", type=int, default=5)
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        os.environ |= {name: server.environment[name] for name in ("MIGREMPOWER_VAR", "DJANGO_SETTINGS_MODULE")}
        sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
        import django

        django.setup()
        from django.db import connection

        from host.people import ENROLLED, EVERYBODY

        server.manage("migrate", "--run-syncdb", "--verbosity", "0")
        server.manage("flush", "--no-input")
        server.start()
        try:
            crowd = Crowd(server.port)
            crowd.ids = {key: person.anonymous_id for key, person in EVERYBODY.items()}
            learners = [person.key for person in ENROLLED[:wish.learners]]
            trainers = [("trainer", "colleague")[number % 2] for number in range(wish.trainers)]
            began = time.perf_counter()
            training = [threading.Thread(target=crowd.run, args=(crowd.train, number, key))
                        for number, key in enumerate(trainers)]
            learning = [threading.Thread(target=crowd.run, args=(crowd.learn, number, key))
                        for number, key in enumerate(learners)]
            for each in [*training, *learning]:
                each.start()
            for each in learning:
                each.join()
            crowd.learning = False
            for each in training:
                each.join()
            seconds = time.perf_counter() - began
        finally:
            server.stop()
        log = Path(server.log).read_text("utf-8", "replace")
        problems = [*crowd.errors, *kept(crowd, learners)]
        problems += [f"The server's log tells of an error: {line}" for line in log.splitlines() if "Traceback" in line]
        connection.close()
    print(told(crowd, seconds, connection.vendor))
    print("\n".join(problems[:40]) if problems else "no error, no lost round, one grade each")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
