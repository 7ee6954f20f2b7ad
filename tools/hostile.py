"""Requests and documents nobody thought of, in any number, with what they cost; by hand, not in ``make test``.

    python -m tools.hostile requests --count 100000 --seed 1 --workers 2
    python -m tools.hostile documents --count 10000 --seed 1 --workers 2
    python -m tools.hostile bombs
    python -m tools.hostile patterns
    python -m tools.hostile access

The tests do the same with fewer (``tests/test_requests_hostile.py``, ``test_documents_hostile.py``). What does not hold
is made as small as can be and told at the end, with the command that does it again, and the status is 1. Times are of
the process's CPU: what else the machine does counts for nothing.
"""

import argparse
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SLOWEST = 2.0  # CPU seconds
NEVER = 120.0  # seconds, after which something is ended
MOST_MEMORY = 500  # MB
IN_A_ROW = 4
BATCH = 500  # requests or documents, about; each batch has a seed of its own, so that it can be done again alone
BOMBS_TIMES, PATTERNS_LENGTH = 2, 20_000


def site():
    """Start the workbench's Django with the named sample learners, in memory."""
    sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
    os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
    os.environ["MIGREMPOWER_VAR"] = tempfile.mkdtemp()
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = ":memory:"
    settings.DEBUG = False  # else Django keeps every query
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from host import course, sample

    course.load()
    sample.seed()


def memory():
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- many of them ------------------------------------------------------------------------------------------------------

@dataclass
class Row:
    """What became of one kind of request or document."""

    accepted: int = 0
    refused: int = 0
    faults: Counter = field(default_factory=Counter)  # by kind: "5xx", "changed", "other"
    seconds: list = field(default_factory=list)
    largest: int = 0


class Table:
    """What became of all, by kind; the slowest; what did not hold."""

    def __init__(self):
        self.rows, self.statuses, self.slowest, self.faults, self.memory = {}, Counter(), [], [], 0
        self.current = None

    @property
    def tried(self):
        """How many there were."""
        return sum(len(row.seconds) for row in self.rows.values())

    @contextmanager
    def trying(self, name, what):
        """Give what notes how something ended; if it does not hold, ``current`` says what it was."""
        self.current = name, what
        yield partial(self._note, name)
        self.current = None

    def _note(self, name, status, took, size, what):
        row = self.rows.setdefault(name, Row())
        row.seconds.append(took)
        if status in (200, "right"):
            row.accepted += 1
        else:
            row.refused += 1
        row.largest = max(row.largest, size)
        self.statuses[status] += 1
        if len(self.slowest) < 5 or took > self.slowest[-1][0]:
            self.slowest = sorted([*self.slowest, (took, repr(what)[:300])], reverse=True, key=lambda each: each[0])[:5]
        assert took <= SLOWEST, f"It took {took:.1f} s."

    def fault(self, error, again):
        """Keep what did not hold of the current one, and the command that does it ``again``."""
        from tests.hostile_requests import Changed, ServerError

        name, what = self.current or ("?", "What it was is not known.")
        kind = "changed" if isinstance(error, Changed) else "other" if isinstance(
            error, AssertionError) and not isinstance(error, ServerError) else "5xx"
        self.rows.setdefault(name, Row()).faults[kind] += 1
        told = "".join(traceback.format_exception(error, limit=-4))
        self.faults.append(f"{name}, {kind}: {what!r}\n{told}Again: {again}\n")
        self.current = None

    def take_in(self, other):
        """Add what another process found."""
        for name, theirs in other.rows.items():
            mine = self.rows.setdefault(name, Row())
            mine.accepted, mine.refused = mine.accepted + theirs.accepted, mine.refused + theirs.refused
            mine.faults, mine.largest = mine.faults + theirs.faults, max(mine.largest, theirs.largest)
            mine.seconds += theirs.seconds
        self.statuses += other.statuses
        self.slowest = sorted(self.slowest + other.slowest, reverse=True, key=lambda each: each[0])[:5]
        self.faults, self.memory = self.faults + other.faults, max(self.memory, other.memory)

    def tell(self, took):
        """Print the table."""
        print(f"{'':34}{'tried':>8}{'accepted':>10}{'refused':>9}{'5xx':>5}{'changed':>9}{'other':>7}{'median ms':>11}"
              f"{'slowest ms':>12}{'largest kB':>12}")
        together = Row()
        for name, row in sorted(self.rows.items()):
            self._tell_row(name, row)
            together.accepted, together.refused = together.accepted + row.accepted, together.refused + row.refused
            together.faults, together.largest = together.faults + row.faults, max(together.largest, row.largest)
            together.seconds += row.seconds
        self._tell_row("together", together)
        print("By status: " + ", ".join(f"{status} {n}" for status, n in sorted(self.statuses.items(), key=str)))
        print(f"Peak memory of a process: {self.memory:.0f} MB. Time: {took:.0f} s, {self.tried / took:.0f} a second.")
        print("Slowest, in CPU seconds:", *(f"  {seconds:.2f}  {what}" for seconds, what in self.slowest), sep="\n")
        print(f"\n{len(self.faults)} faults", *self.faults, sep="\n")

    @staticmethod
    def _tell_row(name, row):
        times = sorted(row.seconds) or [0]
        print(f"{name:34}{len(row.seconds):>8}{row.accepted:>10}{row.refused:>9}{row.faults['5xx']:>5}"
              f"{row.faults['changed']:>9}{row.faults['other']:>7}{1000 * times[len(times) // 2]:>11.1f}"
              f"{1000 * times[-1]:>12.1f}{row.largest / 1000:>12.1f}")


def _never_ends(*_):
    raise TimeoutError(f"It was not done after {NEVER:.0f} s.")


def drawn(what, count, seed, numbers):
    """Return the ``Table`` of about ``count`` requests or documents, in batches of these ``numbers``."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    site()
    from tests.hostile_requests import QuickStore

    signal.signal(signal.SIGALRM, _never_ends)
    table = Table()
    strategy, examine, in_a_batch = DRAWN[what](table)
    with QuickStore.used():
        for number in numbers:
            if table.tried >= count:
                break

            @seeded(seed * 1_000_000 + number)
            @settings(max_examples=in_a_batch, database=None, deadline=None, report_multiple_bugs=False,
                      suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])
            @given(strategy)
            def examined(example):
                signal.setitimer(signal.ITIMER_REAL, NEVER)
                examine(example)
                signal.setitimer(signal.ITIMER_REAL, 0)

            try:
                examined()
            except Exception as error:
                table.fault(error, f"python -m tools.hostile {what} --seed {seed} --batch {number}")
            signal.setitimer(signal.ITIMER_REAL, 0)
            print(f"\r{table.tried} of {count}", end="\n" if table.tried >= count else "", file=sys.stderr, flush=True)
    table.memory = memory()
    return table


def requests(table):
    """Return what sends requests over every handler: (strategy, what to do with an example, how many are a batch)."""
    from hypothesis import strategies as st

    from tests import hostile_requests as hostile

    at = hostile.Course()
    kept = hostile.Kept()

    def send(several):
        with kept.forgetting():
            for sent in several:
                with table.trying(sent.handler, several) as note:
                    note(*hostile.hold(sent, kept), sent)

    return st.lists(hostile.requests(at), min_size=1, max_size=IN_A_ROW), send, BATCH // 2


def documents(table):
    """Return what lets changed documents in by every way, likewise."""
    from tests import hostile_documents as hostile
    from tests.hostile_requests import Kept

    kept = Kept()

    def give(given):
        with kept.forgetting(), table.trying(
                f"{given.block_type.removeprefix('migrempower_')} {given.way}", given) as note:
            note(*hostile.hold(given, kept), given)

    return hostile.documents(), give, BATCH


DRAWN = {"requests": requests, "documents": documents}


def many(what, options):
    """Try ``options.count`` of them in one process or several; return whether all held."""
    began, table, workers = time.monotonic(), Table(), options.workers
    if options.batch is not None:
        table.take_in(drawn(what, 1, options.seed, [options.batch]))
    elif workers == 1:
        table.take_in(drawn(what, options.count, options.seed, range(10**6)))
    else:
        share = -(-options.count // workers)
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            for each in [pool.submit(drawn, what, share, options.seed, range(number, 10**6, workers))
                         for number in range(workers)]:
                table.take_in(each.result())
    if table.memory > MOST_MEMORY:
        table.faults.append(f"A process had {table.memory:.0f} MB.")
    table.tell(time.monotonic() - began)
    return not table.faults


# -- bombs and expressions ---------------------------------------------------------------------------------------------

def bombs(_what, options):
    """Let in each bomb, larger than in the tests, in a process of its own; return whether all held."""
    site()
    from tests import hostile_documents as hostile
    from tests.hostile_requests import Kept

    kept, taken, faults = Kept(), [], []
    for block_type in hostile.FORMATS:  # what ships is read once in each process: that is no bomb's doing
        with kept.forgetting():
            hostile.hold(hostile.Given("olx", block_type, hostile.olx(hostile.rights(block_type)[0], block_type)), kept)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for name, given in hostile.bombs(options.times, server.getsockname()[1]).items():
            if options.only in name:
                told = _alone(partial(hostile.hold, given, kept))
                fault = told.get("fault") or (f"It took {told['took']:.1f} s." if told["took"] > SLOWEST else "") or (
                    f"It took {told['more']:.0f} MB." if told["more"] > MOST_MEMORY else "") or (
                    "It was taken." if hostile.is_taken(given, told["status"]) else "")
                if fault:
                    faults.append(f"{name}\n{fault}\nAgain: python -m tools.hostile bombs --only {name!r}")
                taken.append({"took": 0, "more": 0, "size": 0, "status": "a fault", **told,
                              "name": name, "sent": len(given.content)})
        try:
            server.accept()
            faults.append("Somebody asked for what stands outside.")
        except BlockingIOError:
            pass
    refused = sum(each["status"] != 200 for each in taken)
    print(f"{len(taken)} bombs tried, {refused} refused, {len(taken) - refused} looked at and answered.")
    print(f"{'CPU ms':>8}{'MB more':>9}{'kB sent':>9}{'kB back':>9}  status")
    for which in ("took", "more"):
        for each in sorted(taken, key=lambda each: each[which], reverse=True)[:8]:
            print(f"{1000 * each['took']:8.0f}{each['more']:9.0f}{each['sent'] / 1000:9.0f}{each['size'] / 1000:9.0f}  "
                  f"{each['status']}, {each['name']}")
        print()
    print(f"{len(faults)} faults", *faults, sep="\n")
    return not faults


def _alone(hold):
    """Return what ``hold()`` took and gave, in a process of its own: ``took`` (CPU seconds), ``more`` (MB of memory),
    ``status``, ``size``; or the ``fault``.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (30 + int(time.process_time()), -1))
        before = memory()
        try:
            status, took, size = hold()
            told = {"took": took, "more": memory() - before, "status": status, "size": size}
        except BaseException:
            told = {"fault": traceback.format_exc(limit=-4), "took": 0, "more": memory() - before}
        os.write(write, json.dumps(told).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        found = told.read()
    os.waitpid(child, 0)
    return json.loads(found) if found else {"fault": "The process died.", "took": 0, "more": 0}


def patterns(_what, options):
    """Let every regular expression work on long texts made against it, and on half of them; return whether all held."""
    site()
    from tests import hostile_patterns as hostile

    def slowest(pattern, methods, length):
        found = []
        for text in hostile.texts(pattern, length):
            began = time.process_time()
            hostile.tried(pattern, methods, text)
            found.append((time.process_time() - began, text[:40]))
        return max(found)

    rows = []
    for pattern, methods in hostile.uses().items():
        (half, _), (whole, text) = (slowest(pattern, methods, options.length // part) for part in (2, 1))
        rows.append((whole, whole / max(half, 1e-4), pattern.pattern, text))
    print(f"{len(rows)} expressions, texts of {options.length} characters\n{'CPU ms':>8}{'growth':>8}")
    for whole, growth, pattern, text in sorted(rows, key=lambda row: row[0], reverse=True)[:10]:
        print(f"{1000 * whole:8.1f}{growth:8.1f}  {ascii(pattern)[:80]}  {ascii(text)}")
    bad = [row for row in rows if row[0] > 0.1 and row[1] > 3]
    print(f"{len(bad)} faults", *(f"It grows faster than the text: {pattern!r}" for _, _, pattern, _ in bad), sep="\n")
    return not bad


def access(_what, _options):
    """Say how many combinations of person, course and handler ``tests/test_access.py`` asks."""
    site()
    from tests.test_access import combinations

    for where, number in combinations().items():
        print(f"{number:6} {where}")
    print(f"{sum(combinations().values()):6} together")
    return True


WHAT = {"requests": many, "documents": many, "bombs": bombs, "patterns": patterns, "access": access}


def main():
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--count", type=int, default=1_000, help="of requests or documents, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that share them")
    parser.add_argument("--batch", type=int, help="do only this one again")
    parser.add_argument("--times", type=int, default=BOMBS_TIMES, help="how much larger than in the tests bombs are")
    parser.add_argument("--only", default="", help="bombs with this in their name")
    parser.add_argument("--length", type=int, default=PATTERNS_LENGTH, help="of texts against regular expressions")
    options = parser.parse_args()
    sys.exit(not WHAT[options.what](options.what, options))


if __name__ == "__main__":
    main()
