"""Everything the blocks do, for an hour at a steady rate, in one server process: what grows?

``python -m tools.soak --minutes 60`` starts a workbench. Learners delete what they have, so that the cohort stays as
large as it was, and begin again; a trainer reads reports and has files made as jobs, of which the last one alone is
kept; an author tries drafts out and saves. Whatever anybody writes is new each time. All do so for a while before
anything is measured, until the process has what it keeps on purpose.

Exact, whatever else the machine does: no request fails; a kind of request takes no more statements of SQL in the last
quarter of its requests than in the first; and when all rest again, there are no more threads, open files, rows, files
in the storage or temporary files than before.

Over minutes, the last two thirds of them: how much memory and times grow in an hour. That is Theil and Sen's slope, the
median of (y2 - y1) / (x2 - x1) over all pairs of minutes; a quarter of the minutes may be disturbed without moving it
much. "flat" is a growth of less than 1 % in an hour or, over all these minutes, of less than twice what they lie away
from that line (the median of it).

Reads /proc: Linux only.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import combinations, count
from pathlib import Path

from .crowd import MODULE, PARTS, PASSPORT, REPORT, START, Visitor
from .server import ROOT, Server

DRAFT = "own-framework.migrempower_self_evaluation.d0.u0"
LANGUAGES = ("en", "es", "it", "el", "de", "fr", "ar", "uk", "fa", "tr")
DOCUMENTS = ("pdf", "docx", "json", "elm", "all")
EXPORTS = (("learners", "csv"), ("answers", "xlsx"), ("activities", "csv"))
SHARES = "grace"  # a sample learner who shares with trainers
FEWEST_DAYS = 4  # of everybody, however short the time
MOST_ERRORS = 20
LEAST_GROWTH = 1.0  # percent an hour
LEAST_TIME = 300  # seconds over which a growth can be told
PATIENCE = 10  # seconds until threads that have nothing more to do are gone


# -- what people do ----------------------------------------------------------------------------------------------------

def learn(me, trainer, turn):
    """A learner deletes everything and begins again: evaluates, talks with a trainer, trains, plans, takes a document
    along.
    """
    text = f"What I wrote {uuid.uuid4()}"
    me.open("passport")
    me.post(PASSPORT, "delete_data", {})
    me.post(START, "choose_languages", {"own": LANGUAGES[turn % len(LANGUAGES)], "beside": LANGUAGES[turn // 10 % 10]})
    page = me.open("start")
    stamp = page["now"]
    mine = {each["id"]: {"stamp": stamp + place, "level": (turn + place) % 4, "evidence": text}
            for place, each in enumerate(page["statements"])}
    for place in range(0, len(mine), 10):
        part = dict(list(mine.items())[place:place + 10])
        me.post(START, "save_answers", {"round": page["round"], "answers": part})
    me.post(START, "share", {"shared": True, "stamp": stamp})
    me.post(START, "hand_in", {"round": page["round"], "answers": {}})

    learner, session = me.crowd.ids[me.key], uuid.uuid4().hex
    trainer.open("cohort-report")
    trainer.post(REPORT, "profile", {"learner": learner})
    trainer.post(REPORT, "save_view", {"learner": learner, "block": START, "comment": text, "session": session})
    me.post(START, "answer_view", {"session": session, "text": text, "stamp": stamp})

    me.open("equal-treatment")
    found = me.state(MODULE)
    for place, step in enumerate(each for each in found["steps"] if each["form"] == "options"):
        me.post(MODULE, "save_answers", {"run": found["run"], "answers": {
            step["id"]: {"stamp": stamp + place, "reply": [step["options"][0]["name"]], "check": 1}}})
    me.post(MODULE, "hand_in", {"run": found["run"], "answers": {}})

    number = me.open("passport")["number"]
    me.post(PASSPORT, "save_answers", {"number": number, "answers": {"step:first": {"stamp": stamp, "will": text}}})
    me.post(PASSPORT, "preview", {})
    form = DOCUMENTS[turn % len(DOCUMENTS)]
    me.ask(f"passport download {form}", "GET", f"/handler/{PASSPORT}/download/{form}")


def train(me, turn):
    """A trainer reads the report and one learner's page, and has a file made."""
    me.open("cohort-report")
    for part in PARTS:
        me.ask(f"cohort-report report {part}", "POST", f"/handler/{REPORT}/report/", {"part": part})
    me.post(REPORT, "profile", {"learner": me.crowd.ids[SHARES]})
    kind, form = EXPORTS[turn % len(EXPORTS)]
    job = json.loads(me.ask(f"cohort-report start_report {kind}", "POST", f"/handler/{REPORT}/start_report/",
                            {"kind": kind, "format": form}))["job"]
    me.post(REPORT, "report_progress", {"job": job["id"]})
    me.ask(f"cohort-report report_file {kind}", "GET", f"/handler/{REPORT}/report_file/{job['id']}")


def write(me, _turn):
    """An author changes the draft of a framework, tries it out as a learner, makes a table of it, and saves."""
    stored = me.open("own-framework/studio_view")["state"]
    document, language = stored["document"], stored["document"]["languages"][0]
    document["title"][language] = f"What I can do {uuid.uuid4()}"
    statement = document["areas"][0]["competences"][0]["statements"][0]
    statement["text"][language] = f"I can say what I need, {uuid.uuid4()}."
    draft = {"document": document, "settings": stored["settings"]}
    me.post(DRAFT, "studio_check", draft)
    state = me.post(DRAFT, "studio_preview", {**draft, "state": {}})["state"]
    answers = {statement["id"]: {"stamp": 1, "level": 1, "evidence": f"Tried {uuid.uuid4()}"}}
    for handler in ("save_answers", "hand_in"):
        tried = me.ask(f"own-framework preview {handler}", "POST", f"/handler/{DRAFT}/studio_preview/",
                       {**draft, "state": state, "handler": handler, "body": {"round": 1, "answers": answers}})
        state = json.loads(tried)["state"]
    table = me.post(DRAFT, "studio_write_file", {**draft, "kind": "xlsx"})
    me.post(DRAFT, "studio_read_file", {**draft, **table})
    me.post(DRAFT, "studio_save", {**draft, "revision": stored["revision"], "corrections": True})


class Load:
    """Everybody who comes, each day of theirs beginning ``every`` seconds after the one before, if that has ended.

    ``took`` has (what, seconds, statements) of each request, ``errors`` what went wrong, ``late`` the days that began
    late, of ``days``.
    """

    def __init__(self, port, ids, learners, every):
        self.port, self.ids, self.every = port, ids, every
        self.took, self.errors, self.days, self.late = [], [], 0, 0
        self.over = threading.Event()
        self.days_of = [partial(self._learners_day, [Visitor(self, key) for key in keys], Visitor(self, "trainer"),
                                place, len(learners)) for place, keys in enumerate(learners)]
        self.days_of += [partial(train, Visitor(self, "trainer")), partial(write, Visitor(self, "author"))]

    @staticmethod
    def _learners_day(learners, trainer, place, places, turn):
        learn(learners[turn % len(learners)], trainer, turn * places + place)

    def go(self, until, fewest):
        """Let everybody begin days until a time (``time.monotonic``), and so many days at least. Return the threads."""
        began = time.monotonic()
        threads = [threading.Thread(target=self._keep_on, args=(day, began + self.every * place / len(self.days_of),
                                                                until, fewest))
                   for place, day in enumerate(self.days_of)]
        for thread in threads:
            thread.start()
        return threads

    def _keep_on(self, day, due, until, fewest):
        for turn in count():
            if self.over.wait(max(0, due - time.monotonic())) or (turn >= fewest and time.monotonic() >= until):
                return
            self.days += 1
            self.late += time.monotonic() > due + 1
            try:
                day(turn)
            except Exception as error:  # noqa: BLE001 - everything that goes wrong is a finding
                self.errors.append(f"{type(error).__name__}: {error}")
                if len(self.errors) >= MOST_ERRORS:
                    self.over.set()
            due = max(due + self.every, time.monotonic())


# -- what is looked at -------------------------------------------------------------------------------------------------

@dataclass
class Moment:
    """How the server stands: ``at`` seconds, ``memory`` in MB, ``rows`` by table, ``database`` in bytes or None,
    ``stored`` and ``temporary`` files; ``took`` is how many requests there had been.
    """

    at: float
    memory: float
    threads: int
    open_files: int
    rows: Counter
    database: int | None
    stored: int
    temporary: int
    took: int


class Watch:
    """Looks at a server process, its database and its folder."""

    def __init__(self, server, load):
        self.process = Path("/proc") / str(server.process.pid)
        self.folder, self.load, self.began = server.log.parent, load, time.monotonic()

    def _count(self, kind):
        return len(list((self.process / kind).iterdir()))

    def _files(self, folder):
        return sum(path.is_file() for path in (self.folder / folder).rglob("*"))

    def look(self):
        """Return the ``Moment``."""
        from django.db import connection

        pages = int((self.process / "statm").read_text().split()[1])
        rows = Counter()
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
                rows[table] = cursor.fetchone()[0]
        connection.close()
        file = self.folder / "workbench.sqlite3"
        return Moment(time.monotonic() - self.began, pages * os.sysconf("SC_PAGE_SIZE") / 1e6, self._count("task"),
                      self._count("fd"), rows, file.stat().st_size if connection.vendor == "sqlite" else None,
                      self._files("media"), self._files("temporary"), len(self.load.took))

    def at_rest(self, before=None):
        """Return the ``Moment`` when nobody asks any more: once there is no more than ``before``, or without it once
        threads and open files stay as they are; or after a while anyhow.
        """
        found = self.look()
        for _ in range(PATIENCE):
            time.sleep(1)
            last, found = found, self.look()
            if not more(before, found) if before else (
                    (last.threads, last.open_files) == (found.threads, found.open_files)):
                break
        return found


def more(before, after):
    """Return [what there is more of than before, in words, …] when all rest."""
    counted = [("threads", before.threads, after.threads), ("open files", before.open_files, after.open_files),
               ("files in the storage", before.stored, after.stored),
               ("temporary files", before.temporary, after.temporary),
               *((f"rows of {table}", before.rows[table], number) for table, number in after.rows.items())]
    return [f"{after} {what}, {before} before" for what, before, after in counted if after > before]


def by_kind(took):
    """Return ``{kind: [(seconds, statements), …]}`` of requests, in order."""
    found = {}
    for what, seconds, statements in took:
        found.setdefault(what, []).append((seconds, int(statements)))
    return dict(sorted(found.items()))


def other_statements(took):
    """Return [kind of request with other numbers of SQL statements in its last quarter than in its first, …]."""
    found = []
    for what, requests in by_kind(took).items():
        quarter = max(1, len(requests) // 4)
        first, last = ({statements for _, statements in part} for part in (requests[:quarter], requests[-quarter:]))
        if max(last) > max(first):
            found.append(f"{what} took {sorted(first)} statements at first and {sorted(last)} at the end")
    return found


# -- what is said ------------------------------------------------------------------------------------------------------

def slope(points):
    """Return Theil and Sen's slope of [(x, y), …]: the median of the slopes of all pairs."""
    return statistics.median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def growth(points):
    """Return (growth an hour, in percent, whether it is flat) of [(seconds, y), …], or None of too short a time."""
    if not points or points[-1][0] - points[0][0] < LEAST_TIME:
        return None
    per_second = slope(points)
    middle = statistics.median(y for _, y in points)
    start = statistics.median(y - per_second * x for x, y in points)
    scatter = statistics.median(abs(y - start - per_second * x) for x, y in points)
    percent = 100 * 3600 * per_second / middle
    grown = per_second * (points[-1][0] - points[0][0])
    return 3600 * per_second, percent, percent < LEAST_GROWTH or grown < 2 * scatter


def told_growth(points, unit, factor=1):
    """Return a growth in words, of the last two thirds of [(seconds, y), …]."""
    found = growth(points[len(points) // 3:])
    if found is None:
        return "too short to tell"
    per_hour, percent, is_flat = found
    return f"{factor * per_hour:+.1f} {unit}/h ({percent:+.1f} %), {'flat' if is_flat else 'GROWS'}"


HEAD = (f"{'minute':>7}{'MB':>8}{'threads':>9}{'files':>7}{'rows':>8}{'database MB':>13}{'stored':>8}{'requests':>10}"
        f"{'median ms':>11}{'p95 ms':>8}")


def line(before, now, load):
    """Return a minute in words, as ``HEAD`` names it."""
    times = sorted(1000 * seconds for _, seconds, _ in load.took[before.took:now.took]) or [0]
    return (f"{now.at / 60:7.1f}{now.memory:8.1f}{now.threads:9}{now.open_files:7}{now.rows.total():8}"
            f"{(now.database or 0) / 1e6:13.1f}{now.stored:8}{now.took - before.took:10}"
            f"{statistics.median(times):11.0f}{times[int(len(times) * 0.95)]:8.0f}")


def told(moments, load):
    """Return what came of it: how memory grew, and a table of each kind of request."""
    lines = [f"memory: {told_growth([(each.at, each.memory) for each in moments[1:]], 'MB')}", "",
             f"{'kind of request':40}{'number':>8}{'median ms':>11}{'p95 ms':>8}{'SQL':>10}   the median's growth"]
    minutes = [(now.at, by_kind(load.took[before.took:now.took]))
               for before, now in zip(moments, moments[1:], strict=False)]
    for what, requests in by_kind(load.took).items():
        times = sorted(1000 * seconds for seconds, _ in requests)
        statements = sorted({each for _, each in requests})
        points = [(at, statistics.median(seconds for seconds, _ in kinds[what])) for at, kinds in minutes
                  if what in kinds]
        lines.append(f"{what:40}{len(times):8}{statistics.median(times):11.1f}{times[int(len(times) * 0.95)]:8.1f}"
                     f"{'–'.join(map(str, sorted({statements[0], statements[-1]}))):>10}   "
                     f"{told_growth(points, 'ms', 1000)}")
    return "\n".join(lines)


def soak(server, wish):
    """Run it on a server that is ready, and say each minute how it stands; return ([moments], load, problems)."""
    from host.people import COHORT, EVERYBODY

    keys = [person.key for person in COHORT]
    learners = [keys[place::wish.learners][:wish.each] for place in range(wish.learners)]
    load = Load(server.port, {key: person.anonymous_id for key, person in EVERYBODY.items()}, learners, 0)
    for thread in load.go(0, max(wish.warm_up, wish.each, len(DOCUMENTS) // wish.learners + 1, len(EXPORTS))):
        thread.join()  # now all have been here, everything has been done, and what is kept on purpose is kept
    if load.errors:
        return [], load, load.errors
    watch = Watch(server, load)
    rest = watch.at_rest()
    load.took.clear()
    load.days = load.late = 0
    load.every = wish.every
    moments = [watch.look()]
    print(HEAD, flush=True)
    threads = load.go(time.monotonic() + 60 * wish.minutes, FEWEST_DAYS)
    while any(thread.is_alive() for thread in threads):
        end = time.monotonic() + min(60, 6 * wish.minutes)
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
        moments.append(watch.look())
        print(line(*moments[-2:], load), flush=True)
    problems = [*load.errors, *other_statements(load.took), *more(rest, watch.at_rest(rest))]
    log = server.log.read_text("utf-8", "replace")
    return moments, load, problems + [f"The server's log tells of an error: {line}" for line in log.splitlines()
                                      if "Traceback" in line]


def main(arguments=None):
    """Run it; the exit code is 1 where something exact is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--learners", type=int, default=4, help="how many learners are there at the same time")
    parser.add_argument("--each", type=int, default=10, help="how many take turns in each of these places")
    parser.add_argument("--every", type=float, default=10, help="seconds from one day of somebody to the next")
    parser.add_argument("--warm-up", type=int, default=80,
                        help="days of everybody before the first look, each as soon as the one before has ended")
    parser.add_argument("--without-cohort", action="store_true", help="leave out the sample learners without a story")
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "temporary"
        temporary.mkdir()
        server = Server(folder, MIGREMPOWER_COUNT_SQL="1", MIGREMPOWER_REPORTS='{"keep_days": 0}',
                        TMPDIR=str(temporary))
        os.environ |= {name: server.environment[name] for name in ("MIGREMPOWER_VAR", "DJANGO_SETTINGS_MODULE")}
        sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
        import django

        django.setup()
        server.manage("migrate", "--run-syncdb", "--verbosity", "0")
        server.manage("seed", "--reset", *(["--without-cohort"] if wish.without_cohort else []))
        server.start()
        try:
            moments, load, problems = soak(server, wish)
        finally:
            server.stop()
    if moments:
        print("", told(moments, load), sep="\n")
        print(f"\n{load.days} days of {wish.learners} learners, a trainer and an author at once, {load.late} of them "
              f"late; {len(load.took)} requests")
    print("\n".join(problems[:40]) if problems else "no error, nothing left behind, the same SQL at the end")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
