"""What a course summary costs, beside merely reading the rows it is made of and parsing them.

Run: python benchmarks/reporting.py [--rounds 100000] [--turns 5]
     python benchmarks/reporting.py --memory [--rounds 10000 100000]

Needs the workbench's packages. The rows are in the real tables, in a temporary SQLite file. Every learner has two
rounds of 24 answers at two blocks, and every second one a row for each block that says they share. With ``--memory``
the summary is made in a process of its own for each size, and nothing else in it.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
BATCH = 5_000
COURSE = "course"
ANSWERS = 24
BLOCKS = {"start": "block-start", "end": "block-end"}
READ_AT_ONCE = 2_000


def framework():
    """Return the shipped framework's first 24 statements, each of a competence of its own."""
    from migrempower_xblock.olx import preset_framework

    whole = preset_framework("migrempower")
    left, areas = ANSWERS, []
    for area in whole.areas:
        competences = area.competences[:left]
        left -= len(competences)
        areas += [replace(area, competences=competences)] if competences else []
    found = replace(whole, areas=tuple(areas))
    assert len(found.statements) == len(found.competences) == ANSWERS
    return found


def generate(rounds, framework):
    """Write two rounds of 24 answers for each of rounds / 2 learners into the real tables, and who shares them."""
    from submissions.models import StudentItem, Submission

    from migrempower_xblock.records import ROUNDS, SHARING, Place

    rng = random.Random(7)
    placed = [(competence.id, statement.id) for _, competence, statement in framework.placed_statements()][:ANSWERS]
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, rounds // 2, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, rounds // 2)):
            for days, (moment, block) in enumerate(BLOCKS.items()):
                place = Place(f"{number:032x}", COURSE, block)
                rows.append((place, ROUNDS, when + timedelta(days=days), _round(moment, placed, rng)))
                if number % 2:
                    rows.append((place, SHARING, when, {"block": block, "shared": True, "stamp": 1767225600000}))
        items = StudentItem.objects.bulk_create(StudentItem(**place._item(kind)) for place, kind, _, _ in rows)
        Submission.objects.bulk_create(
            Submission(student_item=item, attempt_number=1, submitted_at=day, answer=answer)
            for item, (_, _, day, answer) in zip(items, rows, strict=True))


def _round(moment, placed, rng):
    levels = [rng.randrange(4) for _ in placed]
    return {"format": 1, "framework": "migrempower", "version": "1", "moment": moment,
            "answers": {statement: {"stamp": 1767225600000 + number, "level": level}
                        for number, ((_, statement), level) in enumerate(zip(placed, levels, strict=True))},
            "unanswered": [], "completion": 1.0,
            "ratings": {competence: round(level / 3, 4) for (competence, _), level in zip(placed, levels, strict=True)}}


def merely_read(kinds):
    """Read the rows of some kinds in the quickest way there is, in no order, and parse them; return how many."""
    from django.db import connection

    read = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row.raw_answer FROM submissions_submission AS row "
            "JOIN submissions_studentitem AS item ON item.id = row.student_item_id "
            f"WHERE item.course_id = %s AND item.item_type IN ({', '.join('%s' for _ in kinds)})", [COURSE, *kinds])
        while rows := cursor.fetchmany(READ_AT_ONCE):
            for (answer,) in rows:
                json.loads(answer)
            read += len(rows)
    return read


def summed_up():
    """Return the summary of the whole course."""
    from migrempower_xblock import cohorts
    from migrempower_xblock.reporting.summary import KINDS, CourseSummary

    summary = CourseSummary.of([framework()], {})
    summary.add(cohorts.by_learner(COURSE, KINDS))
    return summary


def timed(call, *arguments):
    """Return (seconds, seconds of the processor, result)."""
    start, start_processor = time.perf_counter(), time.process_time()
    result = call(*arguments)
    return time.perf_counter() - start, time.process_time() - start_processor, result


def set_up(folder):
    """Make Django ready, with its database in a folder."""
    os.environ["MIGREMPOWER_VAR"] = str(folder)
    import django

    django.setup()


def make(folder, rounds):
    """Make the database and its rows."""
    set_up(folder)
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    generate(rounds, framework())


def compare(folder, rounds, turns):
    """Print what reading and summing up take, in turns."""
    make(folder, rounds)
    from migrempower_xblock.records import ROUNDS, SHARING

    cases = {"read and parse the rounds": lambda: merely_read([ROUNDS]),
             "read and parse all rows of the summary": lambda: merely_read([ROUNDS, SHARING]),
             "course summary": summed_up}
    times = {name: [] for name in cases}
    for _ in range(turns):
        for name, call in cases.items():
            *seconds, result = timed(call)
            times[name].append(seconds)
    assert result.frameworks["migrempower"].rounds.total() == rounds and not result.damaged
    assert result.frameworks["migrempower"].learners == rounds // 2
    floors = list(cases)[:2]
    print(f"{rounds} rounds of 24 answers, {cases[floors[1]]()} rows in all; {turns} turns, the cases in rotation\n")
    print(f"{'':40}{'seconds':>9}{'best':>7}{'CPU':>7}{'to rounds: best':>18}{'CPU':>7}"
          f"{'to all rows: best':>20}{'CPU':>7}")
    numbers = {name: (min(each for each, _ in measured), statistics.median(each for _, each in measured))
               for name, measured in times.items()}
    for name, (best, processor) in numbers.items():
        ratios = [mine / theirs for floor in floors
                  for mine, theirs in zip(numbers[name], numbers[floor], strict=True)]
        print(f"{name:40}{statistics.median(each for each, _ in times[name]):9.2f}{best:7.2f}{processor:7.2f}"
              f"{ratios[0]:18.2f}{ratios[1]:7.2f}{ratios[2]:20.2f}{ratios[3]:7.2f}")
    print("\nSeconds are by the clock, median and best of all turns, and of the processor, median: other programs on "
          "the machine\ndisturb the clock most.")


def alone(folder):
    """Make the summary of a database and nothing else; print what it took."""
    set_up(folder)
    import migrempower_xblock.olx
    import migrempower_xblock.reporting.summary  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, processor, summary = timed(summed_up)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([summary.frameworks["migrempower"].rounds.total(), seconds, processor, before, peak,
                      len(json.dumps(summary.to_json()))]))


def compare_memory(folder, sizes):
    """Print the peak memory and time of summaries of several sizes, each in a process of its own."""
    found = []
    for rounds in sizes:
        place = folder / str(rounds)
        for what in (["--make", str(rounds)], ["--alone"]):
            reply = subprocess.run([sys.executable, __file__, *what, "--folder", str(place)],
                                   check=True, capture_output=True, text=True).stdout
        found.append(json.loads(reply))
    print(f"{'rounds':>9}{'seconds':>10}{'CPU':>8}{'ms/1000':>10}{'MB before':>12}{'MB peak':>10}{'MB grown':>10}"
          f"{'kB of summary':>15}")
    for rounds, seconds, processor, before, peak, size in found:
        print(f"{rounds:9}{seconds:10.2f}{processor:8.2f}{seconds / rounds * 1e6:10.2f}{before / 1024:12.1f}"
              f"{peak / 1024:10.1f}{(peak - before) / 1024:10.1f}{size / 1024:15.1f}")
    rounds, seconds, processor, _, peak, _ = (last / first for first, last in zip(found[0], found[-1], strict=True))
    print(f"\n{rounds:.0f} times the rounds: {seconds:.0f} times the time ({processor:.0f} times the processor's), "
          f"{peak:.2f} times the peak memory")


def main():
    """Read the arguments and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, nargs="+", help="how many rounds; with --memory two or more numbers")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="compare the peak memory of several sizes")
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.folder, asked.make)
    elif asked.alone:
        alone(asked.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            if asked.memory:
                compare_memory(Path(folder), asked.rounds or [10_000, 100_000])
            else:
                compare(Path(folder), (asked.rounds or [100_000])[0], asked.turns)


if __name__ == "__main__":
    main()
