"""How long the trainers' report and the learner's passport take for a course of 200 learners, and what they ask the
database.

Run: python benchmarks/report_page.py [turns]. Needs the workbench's packages; SQLite in memory.
"""

import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workbench")]
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"


def main():
    """Print a table."""
    os.environ["MIGREMPOWER_VAR"] = tempfile.mkdtemp()
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = ":memory:"
    from django.core.management import call_command
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext
    from webob import Request

    from host import course, sample
    from host.people import EVERYBODY
    from host.runtime import HostRuntime

    call_command("migrate", run_syncdb=True, verbosity=0)
    course.load()
    sample.seed(cohort=True)
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 20

    def block(slug, person):
        return HostRuntime(EVERYBODY[person]).get_block(course.BY_SLUG[slug].usage_id)

    def ask(handler, body):
        one = block("cohort-report", "trainer")
        request = Request.blank("/", method="POST", body=json.dumps(body).encode(), content_type="application/json")
        return json.loads(one.runtime.handle(one, handler, request).body)["html"]

    cases = {f"report: {part}": lambda part=part: ask("report", {"part": part})
             for part in ("who", "what", "change", "training", "files")}
    cases["one learner"] = lambda: ask("profile", {"learner": EVERYBODY["amira"].anonymous_id})
    cases["passport"] = lambda: block("passport", "amira").render("student_view").content
    print(f"200 learners, {turns} turns after 2 to warm up")
    print(f"{'page':<18}{'median ms':>10}{'worst ms':>10}{'queries':>9}{'kB':>7}{'kB gz':>7}")
    for name, case in cases.items():
        times = []
        for _ in range(turns + 2):
            start = time.perf_counter()
            html = case()
            times.append(1000 * (time.perf_counter() - start))
        reset_queries()
        with CaptureQueriesContext(connection) as queries:
            case()
        print(f"{name:<18}{statistics.median(times[2:]):>10.0f}{max(times[2:]):>10.0f}{len(queries):>9}"
              f"{len(html.encode()) / 1000:>7.0f}{len(gzip.compress(html.encode(), 6)) / 1000:>7.1f}")


if __name__ == "__main__":
    main()
