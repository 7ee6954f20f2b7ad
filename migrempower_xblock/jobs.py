"""Reports as jobs: cut by ranges of learners' ids, made part by part inside a request or by any number of workers.

What there is to do stands in the rows of a job and its parts. A message to Celery only says "go on with this job": a
worker takes the next thing up, does it, and sends the message again. So a lost message loses no part, and one that
comes twice does nothing. Workers that die leave things taken up; after a time (``lease``) anybody hands them out again.
A part that is done twice gives the same bytes, and the first one to be done counts. Whatever takes something up or ends
it is one UPDATE with a condition, so that of several workers one succeeds.

A job is ``waiting`` (to be cut), ``running``, then ``done``, ``failed`` or ``cancelled``. Of one kind and course one at
a time is under way. ``error`` names what failed: "cut", "part" or "finish".

The setting ``MIGREMPOWER_REPORTS`` is a dict that may hold any of

* ``in_request``: up to how many learners a report is made inside the request (1000),
* ``chunk``: learners a part (1000),
* ``at_once``: parts of one job that are made at the same time, so that others' tasks get their turn (4),
* ``lease``: seconds after which what was taken up and not ended is handed out again (120); more than a part takes,
* ``keep_days``: days after which a report is forgotten (7),
* ``storage``: the alias, in Django's ``STORAGES``, of a storage that web servers and workers share and that can list
  its files ("default"),
* ``queue``: Celery's queue (None: its default).
"""

import hashlib
import json
import logging
import secrets
import shutil
import tempfile
import traceback
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

APP = "migrempower_xblock"
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
FOLDER = "migrempower-reports"
ATTEMPTS = 3
IN_MEMORY = 1_000_000  # bytes; what is larger is written to the disk
FORGOTTEN_AT_ONCE = 100
DEFAULTS = {"in_request": 1_000, "chunk": 1_000, "at_once": 4, "lease": 120, "keep_days": 7, "storage": "default",
            "queue": None}
log = logging.getLogger(__name__)
_kinds = {}


class Kind(ABC):
    """What a kind of report is. ``task`` is the dict the job was started with.

    ``cut`` and ``part`` must give the same again when they are asked again.
    """

    @abstractmethod
    def cut(self, task):
        """Return the ranges of learners' ids, in order: (after, upto) as ``cohorts.cuts`` gives them."""

    @abstractmethod
    def part(self, task, after, upto, out):
        """Write what is said about the learners of a range to the binary file ``out``."""

    def finish(self, task, parts, out):
        """Write the report to the binary file ``out``, from an iterator of the parts as open binary files, in order."""
        for part in parts:
            shutil.copyfileobj(part, out)


def register(name, kind):
    """Add a kind of report to those of ``trainers.files.KINDS``."""
    _kinds[name] = kind


def kind_of(name):
    """Return the ``Kind`` with a name. Raises ``KeyError``."""
    return _kinds[name] if name in _kinds else import_string(f"{APP}.trainers.files.KINDS")[name]


def setting(name):
    """Return one of the settings above."""
    return {**DEFAULTS, **getattr(settings, "MIGREMPOWER_REPORTS", {})}[name]


def is_installed():
    """Whether there are tables for jobs: whether the host has installed the package as an app."""
    return apps.is_installed(APP)


def start(kind, course, by, task, *, name, media_type):
    """Return (job, True) or, where one of this kind is under way in this course, (that one, False).

    ``by`` is the anonymous id of who asks, ``name`` what the file is called when it is downloaded. Hand the job on to
    ``run_here`` or ``send``.
    """
    kind_of(kind)
    forget()
    now = timezone.now()
    job, is_new = _jobs().get_or_create(
        active_key=hashlib.sha256(f"{course}\n{kind}".encode()).hexdigest(),
        defaults={"kind": kind, "course": course, "by": by, "task": json.dumps(task), "state": WAITING, "created": now,
                  "changed": now, "name": name, "media_type": media_type})
    if not is_new:
        revive(job)
    return job, is_new


def find(job_id, course):
    """Return a job of a course, or None for an id that is none, unknown, or another course's."""
    try:
        return _jobs().filter(id=job_id, course=course).first()
    except ValidationError:
        return None


def progress(job):
    """Return how far a job is: ``state``, parts ``done`` of ``total``, ``error``."""
    done = 0
    if job.state == RUNNING:
        done = _parts().filter(job_id=job.id, state=DONE).count()
        job.refresh_from_db()  # its parts go when it ends, so they are counted before
    return {"state": job.state, "done": job.total if job.state == DONE else done, "total": job.total,
            "error": job.error}


def open_result(job):
    """Return the finished report as an open binary file, or None where there is none."""
    try:
        return _storage().open(job.file, "rb") if job.file else None
    except FileNotFoundError:
        return None


def cancel(job):
    """End a job that is under way and remove what it has made. Workers drop what they have in hand."""
    _end(job, CANCELLED)
    job.refresh_from_db()


def run_here(job):
    """Make the whole report now."""
    do_all(job.id)
    job.refresh_from_db()


def send(job):
    """Let workers make the report, once the transaction has ended well."""
    _hand_out(job.id, 1)


def revive(job):
    """Hand out again what was taken up longer ago than ``lease``, and a job about which nobody does anything."""
    hands = _free(job.id)
    if _under_way(job.id).filter(changed__lt=_lease_limit()).update(changed=timezone.now()):
        hands = setting("at_once")
    _hand_out(job.id, hands)


def forget():
    """Delete jobs to which nothing has happened for ``keep_days``, of any course, with their files."""
    limit = timezone.now() - timedelta(days=setting("keep_days"))
    for job in _jobs().filter(changed__lt=limit)[:FORGOTTEN_AT_ONCE]:
        try:
            _clear(job.folder)
        except Exception as error:
            _tell(error, job.id, "forgetting")  # the row stays, and another time comes
        else:
            job.delete()


def of_course(course):
    """Return the jobs of a course, whatever has become of them."""
    return list(_jobs().filter(course=course))


def courses_of(people):
    """Return the ids of the courses in which ``people`` (anonymous ids) have asked for reports."""
    return set(_jobs().filter(by__in=list(people)).values_list("course", flat=True))


def remove(job):
    """Delete a job, under way or not, with its files."""
    _end(job, CANCELLED)  # or a worker could put in one more file
    _clear(job.folder)
    job.delete()


def go_on(job_id):
    """Do the next thing a job needs and let others go on: what a worker does with a message."""
    hands = _step(job_id)
    _hand_out(job_id, hands + _free(job_id))


def do_all(job_id):
    """Do everything a job needs."""
    while _step(job_id):
        pass


def _step(job_id):
    """Do the next thing a job needs; return how many may then go on with it."""
    job = _under_way(job_id).first()
    if job is None:
        return 0
    if job.state == WAITING:
        return _alone(job, "cut", _cut)
    part = _take_part(job)
    if part is not None:
        return _do_part(job, part)
    if _parts().filter(job_id=job.id).exclude(state=DONE).exists():
        return 0  # whoever does the last one goes on
    return _alone(job, "finish", _finish)


def _alone(job, stage, work):
    """Do what is done once for a job, unless another worker is at it; return how many may go on."""
    if job.attempts >= ATTEMPTS:
        _end(job, FAILED, error=stage)
        return 0
    now = timezone.now()
    if not _under_way(job.id).filter(state=job.state, taken_at=None).update(
            taken_at=now, changed=now, attempts=F("attempts") + 1):
        return 0
    try:
        return work(job)
    except Exception as error:
        is_under_way = _under_way(job.id).update(taken_at=None)
        if is_under_way:
            _tell(error, job.id, stage)
        return is_under_way


def _cut(job):
    ranges = list(kind_of(job.kind).cut(json.loads(job.task)))
    with transaction.atomic():
        if not _under_way(job.id).filter(state=WAITING).update(
                state=RUNNING, total=len(ranges), taken_at=None, attempts=0, changed=timezone.now()):
            return 0
        model = apps.get_model(APP, "ReportPart")
        _parts().bulk_create((model(job_id=job.id, number=number, after=after, upto=upto, state=WAITING)
                              for number, (after, upto) in enumerate(ranges, 1)), batch_size=500)
    return max(1, min(len(ranges), setting("at_once")))


def _take_part(job):
    """Take up the next part and return it; None where there is none, or enough are being made."""
    parts = _parts().filter(job_id=job.id)
    if parts.filter(state=RUNNING).count() >= setting("at_once"):
        return None
    while part := parts.filter(state=WAITING).order_by("attempts", "number").first():
        if part.attempts >= ATTEMPTS:
            _end(job, FAILED, error="part")
            return None
        now = timezone.now()
        if parts.filter(id=part.id, state=WAITING).update(state=RUNNING, taken_at=now, attempts=part.attempts + 1):
            _under_way(job.id).update(changed=now)
            return part
    return None


def _do_part(job, part):
    rows = _parts().filter(id=part.id)
    try:
        with _buffer() as out:
            kind_of(job.kind).part(json.loads(job.task), part.after, part.upto, out)
            file = _save(job, f"part-{part.number}", out)
    except Exception as error:
        if rows.filter(state=RUNNING).update(state=WAITING):
            _tell(error, job.id, f"part {part.number}")
        return 1
    if not rows.exclude(state=DONE).update(state=DONE, file=file):  # done by another, or the job has ended
        _storage().delete(file)
    return 1


def _finish(job):
    with _buffer() as out:
        kind_of(job.kind).finish(json.loads(job.task), _finished_parts(job), out)
        file = _save(job, "report", out)
    if not _end(job, DONE, file=file):
        _storage().delete(file)
    return 0


def _finished_parts(job):
    for file in list(_parts().filter(job_id=job.id).order_by("number").values_list("file", flat=True)):
        now = timezone.now()
        _under_way(job.id).update(taken_at=now, changed=now)  # still at it
        with _storage().open(file, "rb") as part:
            yield part


def _end(job, state, **values):
    """End a job, if it is still under way; return whether it was. Of its files the report alone stays."""
    with transaction.atomic():
        if not _under_way(job.id).update(state=state, active_key=None, taken_at=None, changed=timezone.now(), **values):
            return False
        _parts().filter(job_id=job.id).delete()
        _then(job.id, "clearing away", lambda: _clear(job.folder, values.get("file")))
    return True


def _free(job_id):
    """Free what was taken up longer ago than ``lease``; return how much it was."""
    late = {"taken_at__lt": _lease_limit()}
    return _under_way(job_id).filter(**late).update(taken_at=None) + _parts().filter(
        job_id=job_id, state=RUNNING, **late).update(state=WAITING)


def _hand_out(job_id, hands):
    if hands:
        _then(job_id, "sending", lambda: _send(str(job_id), hands))


def _send(job_id, hands):
    from .tasks import go_on

    for _ in range(hands):
        go_on.apply_async([job_id], queue=setting("queue"))


def _clear(folder, keep=None):
    """Remove a job's files, those of workers that were killed too."""
    storage, folder = _storage(), f"{FOLDER}/{folder}"
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        if f"{folder}/{name}" != keep:
            storage.delete(f"{folder}/{name}")
    if keep is None:
        with suppress(OSError):  # a worker that comes late has put something in; it will take it out again
            storage.delete(folder)  # storages without folders do nothing


def _save(job, name, out):
    """Store a file under a name of its own, also where a storage lets a second file replace the first."""
    out.seek(0)
    return _storage().save(f"{FOLDER}/{job.folder}/{name}-{secrets.token_hex(8)}", File(out))


def _buffer():
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def _then(job_id, what, do):
    """Do something once the transaction has ended well. It may fail: ``revive`` or ``forget`` does it another time."""

    def attempt():
        try:
            do()
        except Exception as error:
            _tell(error, job_id, what)

    transaction.on_commit(attempt)


def _tell(error, job_id, what):
    """Write to the log where something failed. The error's own words may hold a learner's."""
    log.error("Report job %s, %s: %s\n%s", job_id, what, type(error).__name__,
              "".join(traceback.format_tb(error.__traceback__)))


def _lease_limit():
    return timezone.now() - timedelta(seconds=setting("lease"))


def _under_way(job_id):
    return _jobs().filter(id=job_id, active_key__isnull=False)


def _jobs():
    return apps.get_model(APP, "ReportJob").objects


def _parts():
    return apps.get_model(APP, "ReportPart").objects


def _storage():
    return storages[setting("storage")]


def under_way(kind, course):
    """Return the job of a kind that is under way in a course, or None."""
    return _jobs().filter(kind=kind, course=course, active_key__isnull=False).first()


def latest(kind, course, task):
    """Return the latest finished job with this very task, or None."""
    return _jobs().filter(kind=kind, course=course, state=DONE, task=json.dumps(task)).order_by("-changed").first()


def finished(course, by, kinds, most=6):
    """Return the latest finished jobs of these kinds that somebody has asked for in a course."""
    return list(_jobs().filter(course=course, by=by, kind__in=kinds, state=DONE).order_by("-changed")[:most])
