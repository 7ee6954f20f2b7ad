"""The processes of the tests of jobs: on the workbench's settings, with a database and files below MIGREMPOWER_VAR.

``celery -A tests.jobs_worker worker`` is a worker that knows the kind of report below; ``python -m tests.jobs_worker
prepare``, ``report``, ``send`` or ``race`` does what a web server would, and prints what came of it as JSON.
"""

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"

from django.conf import settings  # noqa: E402

from host import celery_app as app  # noqa: E402,F401 - what celery -A looks for
from migrempower_xblock import jobs  # noqa: E402

COURSE, LEARNERS, CHUNK = "course", 60, 5
HANGING = f"{20:032x}"  # the last learner before the part in which the first worker hangs
settings.MIGREMPOWER_REPORTS = {"chunk": CHUNK, "lease": 6}


class Learners(jobs.Kind):
    """A line for each learner; notes in ``task["notes"]`` who made what, and hangs in the middle of one part, once."""

    def cut(self, task):
        from migrempower_xblock import cohorts, records

        return cohorts.cuts(COURSE, [records.ROUNDS], jobs.setting("chunk"))

    def part(self, task, after, upto, out):
        from migrempower_xblock import cohorts, records

        note(task, "parts", f"{os.getpid()} {after or '-'}")
        for number, (learner, rows) in enumerate(cohorts.by_learner(COURSE, (records.ROUNDS,), after, upto)):
            out.write(f"{learner} {len(rows)}\n".encode())
            if after == HANGING and number == 2 and not noted(task, "hanging"):
                note(task, "hanging", os.getpid())
                time.sleep(600)
        time.sleep(0.1)

    def finish(self, task, parts, out):
        note(task, "finished", os.getpid())
        out.write(b"learner rounds\n")
        super().finish(task, parts, out)


jobs.register("learners", Learners())


def note(task, name, line):
    """Append a line to a file of notes, as a whole though several processes do."""
    with (Path(task["notes"]) / name).open("a") as notes:
        notes.write(f"{line}\n")


def noted(task, name):
    """Return the lines of a file of notes."""
    path = Path(task["notes"]) / name
    return path.read_text().splitlines() if path.exists() else []


def start(course, notes):
    notes.mkdir(exist_ok=True)
    return jobs.start("learners", course, "trainer", {"notes": str(notes)}, name="report.txt", media_type="text/plain")


def read(job):
    with jobs.open_result(job) as file:
        return file.read().decode()


def prepare():
    """Make the tables and the learners, one or two rounds each."""
    from django.core.management import call_command
    from submissions.models import StudentItem, Submission

    from migrempower_xblock.records import ROUNDS

    call_command("migrate", run_syncdb=True, verbosity=0)
    for number in range(1, LEARNERS + 1):
        item = StudentItem.objects.create(student_id=f"{number:032x}", course_id=COURSE, item_id="block",
                                          item_type=ROUNDS)
        for attempt in range(1, 2 + number % 2):
            Submission.objects.create(student_item=item, attempt_number=attempt, answer={"format": 1},
                                      submitted_at=datetime(2026, 1, attempt, tzinfo=UTC))
    return {}


def report():
    """Let workers make a report, looking at it as a page that waits does; then make it here."""
    sent, _ = start(COURSE, settings.VAR / "sent")
    jobs.send(sent)
    seen, end = [], time.monotonic() + 45
    while sent.state in (jobs.WAITING, jobs.RUNNING) and time.monotonic() < end:
        time.sleep(0.2)
        sent = jobs.find(sent.id, COURSE)
        jobs.revive(sent)
        seen.append(jobs.progress(sent)["done"])
    told = {"state": sent.state, "total": sent.total, "seen": seen, "parts": noted(json.loads(sent.task), "parts"),
            "finished": noted(json.loads(sent.task), "finished"),
            "files": [str(path) for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]}
    if sent.state != jobs.DONE:
        return told
    here, is_new = start(COURSE, settings.VAR / "here")
    note(json.loads(here.task), "hanging", "not here")
    jobs.run_here(here)
    return told | {"is_new": is_new, "here": here.state, "same": read(here) == read(sent), "text": read(sent)}


def send():
    """Send a report as a request does."""
    from django.db import transaction

    with transaction.atomic():
        job, _ = start(COURSE, settings.VAR / "sent")
        jobs.send(job)
    job.refresh_from_db()
    return jobs.progress(job)


def race():
    """Let eight requests start a report at the same time."""
    from django.db import connection

    together, found = threading.Barrier(8), []

    def ask():
        together.wait()
        job, is_new = start(COURSE, settings.VAR / "race")
        found.append((str(job.id), is_new))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"asked": len(found), "jobs": len({job for job, _ in found}), "new": sum(is_new for _, is_new in found)}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"prepare": prepare, "report": report, "send": send, "race": race}[sys.argv[1]]()))
