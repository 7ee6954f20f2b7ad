"""A workbench that can be killed at any moment and is back within a few milliseconds: a process that has loaded
everything forks the one that answers, on the same port and the same database.
"""

import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "t" * 32  # what Django's check against forged requests compares with itself
AREAS, STATEMENTS = 4, 10


def framework():
    """Return the OLX of a self-evaluation with 40 statements."""
    areas = "".join(
        f'<area id="a{area}"><title xml:lang="en">Area {area}</title><competence id="c{area}">'
        f'<title xml:lang="en">Competence {area}</title>' + "".join(
            f'<statement id="s{area}{number}"><text xml:lang="en">I can do {area}{number}.</text></statement>'
            for number in range(STATEMENTS)) + "</competence></area>" for area in range(AREAS))
    levels = "".join(f'<level value="{value}"><label xml:lang="en">Level {value}</label></level>' for value in range(4))
    return ('<migrempower_self_evaluation moment="start"><framework id="forty" version="1" languages="en">'
            f'<title xml:lang="en">Forty statements</title><scale id="scale">{levels}</scale>{areas}'
            "</framework></migrempower_self_evaluation>")


def anonymous_id(person):
    """Return the id under which the blocks keep a person's things."""
    return hashlib.md5(person.encode(), usedforsecurity=False).hexdigest()


class MortalServer:
    """Start it with a folder; let it ``welcome`` a learner; ``die`` and ``rise`` as often as wanted."""

    def __init__(self, folder):
        self.folder = Path(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"
        with self.log.open("ab") as log:
            self.parent = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.random_runs.server", str(self.port)], cwd=ROOT,
                env={**os.environ, "MIGREMPOWER_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "host.settings",
                     "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "workbench")])},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.process = self.person = None

    def welcome(self, person):
        """Start anew, with a course in which this is the only learner."""
        self.die()
        self.person = person
        self.rise()

    def rise(self):
        """Start to answer."""
        if self.process:
            return
        self.parent.stdin.write(f"{self.person}\n")
        self.parent.stdin.flush()
        self.process = int(self.parent.stdout.readline())
        for _ in range(600):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            time.sleep(0.02)
        raise RuntimeError("the workbench does not answer")

    def die(self):
        """Stop at once, in the middle of whatever is being done."""
        if self.process:
            with suppress(ProcessLookupError):  # at last: its port is free then
                while True:
                    os.kill(self.process, signal.SIGKILL)
                    time.sleep(0.002)
            self.process = None

    def close(self):
        """Stop for good."""
        self.die()
        self.parent.stdin.close()
        self.parent.wait(20)

    def post(self, usage, handler, person, body):
        """Send a request as a person's browser would; return the reply's JSON."""
        request = urllib.request.Request(
            f"{self.url}/handler/{usage}/{handler}/?student={person}", json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-CSRFToken": TOKEN, "Cookie": f"csrftoken={TOKEN}"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def get(self, usage, handler, person):
        """Return the JSON a handler answers to a person."""
        with urllib.request.urlopen(f"{self.url}/handler/{usage}/{handler}/?student={person}", timeout=60) as reply:
            return json.load(reply)

    @property
    def is_at_work(self):
        """Whether a request is under way, such as the last one of a page that has gone."""
        with urllib.request.urlopen(f"{self.url}/under-way", timeout=60) as reply:
            return json.load(reply) > 0

    def rows(self, query, *values):
        """Return rows of the database."""
        with closing(sqlite3.connect(self.folder / "workbench.sqlite3", timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def progress(self, usage, person):
        """Return what is in progress of a person at a block."""
        rows = self.rows("SELECT state FROM workbench_xblockstate "
                         "WHERE scope = 'usage' AND scope_id = ? AND user_id = ?", usage, anonymous_id(person))
        return json.loads(rows[0][0]).get("progress", {}) if rows else {}

    def kept(self, kind, person):
        """Return the records of a kind about a person, oldest first."""
        return [json.loads(answer) for (answer,) in self.rows(
            "SELECT raw_answer FROM submissions_submission AS row JOIN submissions_studentitem AS item "
            "ON item.id = row.student_item_id WHERE item.student_id = ? AND item.item_type = ? ORDER BY row.id",
            anonymous_id(person), kind)]

    def grades(self, person):
        """Return [(earned, possible), …] of a person in the gradebook."""
        return self.rows("SELECT earned, possible FROM host_grade WHERE learner = ? AND earned IS NOT NULL", person)


def _watched(application):
    """Let browsers keep what never changes, as a real site does; tell at /under-way how many requests are."""
    under_way = []

    def answer(environ, start_response):
        def start(status, headers, *more):
            fixed = environ["PATH_INFO"].startswith(("/resource/", "/static/"))
            return start_response(status, headers + [("Cache-Control", "max-age=3600")] * fixed, *more)
        if environ["PATH_INFO"] == "/under-way":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [str(len(under_way)).encode()]
        under_way.append(environ)
        try:
            return application(environ, start)
        finally:
            under_way.pop()
    return answer


def main(port):
    """Load everything; then fork a server whenever a line with a learner's name comes."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections
    from django.test import Client
    from workbench.scenarios import add_xml_scenario

    from host import course, people

    call_command("migrate", run_syncdb=True, verbosity=0)
    course.load()
    add_xml_scenario("forty", "forty", framework())
    course.BY_SLUG["forty"] = course.Unit("forty", "Forty statements")
    application = _watched(get_wsgi_application())
    for slug in ("forty", "every-kind"):  # what is read once is read now
        assert Client(headers={"host": "127.0.0.1"}).get(f"/unit/{slug}/?student=trainer").status_code == 200
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    connections.close_all()
    child = None
    for line in sys.stdin:
        person = people.Person(line.strip(), "Learner", "learner")
        people.ENROLLED[:] = [person]
        people.EVERYBODY[person.key] = person
        people.USER_IDS.setdefault(person.key, 10_000 + len(people.USER_IDS))
        child = os.fork()
        if not child:
            server = ThreadedWSGIServer(("127.0.0.1", port), WSGIRequestHandler)
            server.daemon_threads = True
            server.set_app(application)
            server.serve_forever()
        print(child, flush=True)
    with suppress(OSError):
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
