"""How much sooner two Celery workers make a large report than one, with a real Redis between them.

Run: python benchmarks/jobs.py [--rounds 100000] [--turns 3]

Needs the workbench's packages, redis-server and two cores with nothing else to do. The report is the summary of the
course that benchmarks/reporting.py writes, in parts of the usual size. Workers make it once before it is timed. The
SQLite file is in WAL mode, so that who reads and who writes do not wait for each other, as in a server's database.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"

from benchmarks import reporting  # noqa: E402
from host import celery_app as app  # noqa: E402,F401 - what celery -A looks for
from migrempower_xblock import jobs  # noqa: E402
from tools import redis_server  # noqa: E402


def empty_summary():
    """Return a summary of nobody."""
    from migrempower_xblock.olx import preset_framework
    from migrempower_xblock.reporting.summary import CourseSummary

    return CourseSummary.of([preset_framework("migrempower")], {})


class Summary(jobs.Kind):
    """The summary of a course, as JSON."""

    def cut(self, task):
        """Return the ranges."""
        from migrempower_xblock import cohorts, records

        return cohorts.cuts(reporting.COURSE, [records.ROUNDS], jobs.setting("chunk"))

    def part(self, task, after, upto, out):
        """Write the summary of a range."""
        from migrempower_xblock import cohorts
        from migrempower_xblock.reporting.summary import KINDS

        summary = empty_summary()
        summary.add(cohorts.by_learner(reporting.COURSE, KINDS, after, upto))
        out.write(json.dumps(summary.to_json()).encode())

    def finish(self, task, parts, out):
        """Merge them."""
        summary = empty_summary()
        for part in parts:
            summary.merge(type(summary).from_json(json.load(part)))
        out.write(json.dumps(summary.to_json()).encode())


jobs.register("summary", Summary())


@contextmanager
def running(*command, log):
    """Run a process until the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def workers(number, folder):
    """Run so many workers, ready to work."""
    with ExitStack() as stack:
        logs = [folder / f"worker-{each}.log" for each in range(number)]
        for log in logs:
            stack.enter_context(running(
                sys.executable, "-m", "celery", "-A", "benchmarks.jobs", "worker", "--concurrency", "1", "--hostname",
                log.stem, "--loglevel", "INFO", "--without-mingle", "--without-gossip", log=log))
        while not all(b" ready." in log.read_bytes() for log in logs):
            time.sleep(0.1)
        yield


def make_report():
    """Return the seconds from asking for a report until it is there."""
    start = time.perf_counter()
    job, _ = jobs.start("summary", reporting.COURSE, "trainer", {}, name="summary.json", media_type="application/json")
    jobs.send(job)
    while job.state in (jobs.WAITING, jobs.RUNNING):
        time.sleep(0.05)
        job.refresh_from_db()
    if job.state != jobs.DONE:
        sys.exit(f"The report is {job.state}: {job.error}")
    return time.perf_counter() - start


def use_wal():
    """Let nobody who reads the database wait for who writes; the file remembers it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    server = redis_server.installed() or sys.exit(redis_server.MISSING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    os.environ["MIGREMPOWER_BROKER"] = f"redis://127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        stack.enter_context(running(server, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", name,
                                    log=folder / "redis.log"))
        reporting.make(folder, asked.rounds)
        use_wal()
        print(f"A summary of {asked.rounds} rounds of 24 answers, in parts of {jobs.setting('chunk')} learners")
        taken = {1: [], 2: []}
        for turn in range(1, asked.turns + 1):
            for number in taken:
                with workers(number, folder):
                    make_report()
                    taken[number].append(make_report())
            print(f"turn {turn}: one worker {taken[1][-1]:.2f} s, two {taken[2][-1]:.2f} s, "
                  f"{taken[2][-1] / taken[1][-1]:.2f} ×", flush=True)
        one, two = (statistics.median(taken[number]) for number in (1, 2))
        print(f"median: one worker {one:.2f} s, two {two:.2f} s, {two / one:.2f} ×")


if __name__ == "__main__":
    main()
