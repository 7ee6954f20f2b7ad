"""How long a summary of a cohort takes, beside merely reading its rows and parsing them.

Run: python benchmarks/reporting.py [rounds]. Needs the workbench's packages; SQLite in memory.
"""

import json
import os
import random
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
BATCH = 5_000
COURSE = "course"


def generate(rounds, framework):
    """Write two rounds of 24 answers for each of rounds / 2 learners into the real tables."""
    from submissions.models import StudentItem, Submission

    from migrempower_xblock.records import ROUNDS

    rng = random.Random(7)
    placed = [(competence.id, statement.id) for _, competence, statement in framework.placed_statements()][:24]
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, rounds // 2, BATCH):
        learners = range(start, min(start + BATCH, rounds // 2))
        items = StudentItem.objects.bulk_create(
            StudentItem(student_id=f"{number:032x}", course_id=COURSE, item_id="block", item_type=ROUNDS)
            for number in learners)
        Submission.objects.bulk_create(
            Submission(student_item=item, attempt_number=number, submitted_at=when + timedelta(days=number),
                       answer=_round(moment, placed, rng))
            for item in items for number, moment in ((1, "start"), (2, "end")))


def _round(moment, placed, rng):
    levels = [rng.randrange(4) for _ in placed]
    return {"format": 1, "framework": "migrempower", "version": "1", "moment": moment,
            "answers": {statement: {"stamp": 1767225600000 + number, "level": level}
                        for number, ((_, statement), level) in enumerate(zip(placed, levels, strict=True))},
            "unanswered": [], "completion": 1.0,
            "ratings": {competence: round(level / 3, 4) for (competence, _), level in zip(placed, levels, strict=True)}}


def merely_read():
    """Read the same rows in the same pages as they are stored, and parse them."""
    from django.db import connection

    from migrempower_xblock.records import PAGE, ROUNDS

    after, read = "", 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT item.student_id, row.raw_answer FROM submissions_submission AS row "
                "JOIN submissions_studentitem AS item ON item.id = row.student_item_id "
                "WHERE item.course_id = %s AND item.item_type = %s AND item.student_id > %s "
                "ORDER BY item.student_id, row.submitted_at, row.id LIMIT %s", [COURSE, ROUNDS, after, PAGE])
            rows = cursor.fetchall()
        for _, answer in rows:
            json.loads(answer)
        read += len(rows)
        if len(rows) < PAGE:
            return read
        after = rows[-1][0]


def summed_up(framework):
    """Return the summary of the whole course."""
    from migrempower_xblock import records
    from migrempower_xblock.reporting.summary import CohortSummary

    summary = CohortSummary.of(framework)
    for _, found in records.by_learner(COURSE, records.ROUNDS):
        summary.add(found)
    return summary


def timed(call):
    """Return (seconds, result)."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def main():
    """Print a table."""
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = ":memory:"
    from django.core.management import call_command

    from migrempower_xblock.olx import preset_framework

    call_command("migrate", run_syncdb=True, verbosity=0)
    framework = preset_framework("migrempower")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    generate(rounds, framework)
    print(f"{rounds} rounds of 24 answers")
    for turn in range(3):
        before, read = timed(merely_read)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds, summary = timed(lambda: summed_up(framework))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        assert read == rounds and summary.learners == rounds // 2
        print(f"turn {turn + 1}: read and parse {before:.2f} s, summary {seconds:.2f} s, {seconds / before:.2f} ×, "
              f"peak memory grew by {grown / 1024:.0f} MB")


if __name__ == "__main__":
    main()
