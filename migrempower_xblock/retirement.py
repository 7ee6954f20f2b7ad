"""A person leaves for good: everything of theirs goes, or stays for statistics as nobody's.

Of what a person recorded as a trainer, the record is the learner's; only who signed it goes. Running this again finds
nothing more. Ids and counts are all that is told.
"""

import json
import logging
import secrets
from collections import Counter
from dataclasses import dataclass

from django.db import transaction

from . import jobs, platform, records
from .platform.accounts import Account

SIGNED, STATES, REPORTS, CHOICES = "signed", "states", "reports", "choices"
SIGNALS = "openedx.core.djangoapps.user_api.accounts.signals"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """Whom to retire: all their anonymous ids, the ids of the courses to look into, their account if it is there."""

    ids: frozenset[str]
    courses: frozenset[str]
    account: Account | None = None

    @classmethod
    def of_account(cls, account):
        """Return the person who has an ``Account``."""
        return cls(account.ids, frozenset(account.courses | records.courses_of(account.ids)), account)

    @classmethod
    def of_ids(cls, ids):
        """Return the person who had these anonymous ids, and whose account nobody knows any more."""
        return cls(frozenset(ids), frozenset(
            records.courses_of(ids) | records.courses_trained_by(ids) | jobs.courses_of(ids)))


@dataclass(frozen=True)
class Gone:
    """What went in a course (id), or of what belongs to none (""): ``rows`` is a ``Counter`` by kind; ``left`` counts
    finished reports of the course, which may tell of the person.
    """

    course: str
    rows: Counter
    left: int = 0


def retire(person, course="", pseudonymise=False, files=False, dry_run=False):
    """Yield what has ``Gone``, course by course: of a ``Person``, in one course only or in all; a transaction each.

    ``pseudonymise`` keeps for statistics what they handed in, as nobody's; ``files`` deletes all reports of the courses
    too; ``dry_run`` changes nothing. What is kept once for all courses goes with the last of them.
    """
    for each in [course] if course else sorted(person.courses):
        with transaction.atomic():
            rows = _retire_in(each, person, pseudonymise)
            if dry_run:
                transaction.set_rollback(True)
        removed, left = _reports(each, person, files, bool(rows.total()))
        for job in () if dry_run else removed:
            jobs.remove(job)
        yield Gone(each, rows + Counter({REPORTS: len(removed)}), left)
    if person.account and not course:
        with transaction.atomic():
            rows = Counter({CHOICES: person.account.forget_choices()})
            if dry_run:
                transaction.set_rollback(True)
        yield Gone("", rows)


def _retire_in(course, person, pseudonymise):
    rows = Counter()
    nobodies = {each: secrets.token_hex(16) for each in person.ids}  # as long as the platform's; nobody knows whose
    for each, nobody in nobodies.items():
        rows += records.counts(each, course)
        if pseudonymise:
            records.pseudonymise(each, course, nobody)
        else:
            records.delete_all(each, course)
    for each, nobody in nobodies.items():
        rows[SIGNED] += records.sign_anew(each, course, nobody)
    if person.account:
        rows[STATES] += person.account.forget_states(course)
    return rows


def _reports(course, person, files, was_there):
    """Return the jobs of a course to remove, and how many finished ones are left.

    A report that is under way may have read the person, and its parts are cut at learners' ids: somebody starts it
    again.
    """
    found = jobs.of_course(course)
    names = {json.dumps(each) for each in person.ids}
    removed = [job for job in found if files or job.by in person.ids or any(each in job.task for each in names)
               or (was_there and job.state in (jobs.WAITING, jobs.RUNNING))]
    return removed, sum(job.state == jobs.DONE for job in found if job not in removed)


def connect():
    """Let people be retired here whenever the platform retires them; call it when the app is ready.

    The platform says so twice, before it renames the account; either step may be left out of a site's pipeline. An
    error stops the pipeline, which can be run again.
    """
    signals = platform.imported(SIGNALS)
    for name in ("USER_RETIRE_LMS_MISC", "USER_RETIRE_LMS_CRITICAL") if signals else ():
        getattr(signals, name).connect(_platform_retires, dispatch_uid="migrempower_xblock.retirement")


def _platform_retires(sender, user, **_more):
    for gone in retire(Person.of_account(Account(user.pk))):
        if gone.rows.total():
            log.info("Retired account %s in %s: %s rows.", user.pk, gone.course or "all courses", gone.rows.total())
