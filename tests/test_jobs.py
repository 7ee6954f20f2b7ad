"""Reports as jobs: one at a time, part by part, through failures, deaths of workers and changes of mind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
import uuid
from datetime import timedelta
from importlib.metadata import entry_points
from itertools import chain, islice
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.utils import timezone
from submissions.models import StudentItem

from host import celery_app
from migrempower_xblock import cohorts, jobs, records, tasks
from migrempower_xblock.models import ReportJob, ReportPart
from tools import redis_server

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[1]
RANGES = [["", "c"], ["c", "f"], ["f", None]]
REPORT = b"report\n-c\nc-f\nf-\n"


class Listing(jobs.Kind):
    """Names the ranges it was cut into; ``at`` may do something in the middle of "cut", of a part (by its beginning),
    of "finish", and at the "end" of finishing.
    """

    def __init__(self):
        self.done, self.at = [], {}

    def _note(self, what):
        self.done.append(what)
        self.at.get(what, lambda: None)()

    def cut(self, task):
        self._note("cut")
        return [(after, upto) for after, upto in task["ranges"]]

    def part(self, task, after, upto, out):
        out.write(f"{after}-".encode())
        self._note(after)
        out.write(f"{upto or ''}\n".encode())

    def finish(self, task, parts, out):
        out.write(b"report\n")
        first = [*islice(parts, 1)]
        self._note("finish")
        super().finish(task, chain(first, parts), out)
        self.at.get("end", lambda: None)()


class ReplacingStorage(FileSystemStorage):
    """A storage in which a second file of a name replaces the first."""

    def get_available_name(self, name, max_length=None):
        self.delete(name)
        return name


@pytest.fixture(autouse=True)
def folder(request, settings, tmp_path):
    """Where the files of reports are."""
    settings.MIGREMPOWER_REPORTS = {"storage": "reports"}
    settings.STORAGES = settings.STORAGES | {"reports": {
        "BACKEND": getattr(request, "param", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": {"location": str(tmp_path / "reports")}}}
    return tmp_path / "reports"


in_any_storage = pytest.mark.parametrize("folder", ["django.core.files.storage.FileSystemStorage",
                                                    "tests.test_jobs.ReplacingStorage"], indirect=True)


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setattr(jobs, "_kinds", {})
    listing = Listing()
    jobs.register("listing", listing)
    jobs.register("other", listing)
    return listing


@pytest.fixture
def start(kind):
    def begin(kind="listing", course="course", ranges=RANGES):
        return jobs.start(kind, course, "trainer", {"ranges": ranges}, name="report.txt", media_type="text/plain")

    return begin


@pytest.fixture
def job(start):
    return start()[0]


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """with committed(): … is a transaction that ends well."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def read(job):
    job.refresh_from_db()
    with jobs.open_result(job) as file:
        return file.read()


def let_the_lease_pass(job):
    """Make everything that is taken up as old as if its worker had died."""
    long_ago = timezone.now() - timedelta(seconds=jobs.setting("lease") + 1)
    ReportJob.objects.filter(id=job.id).update(changed=long_ago)
    ReportJob.objects.filter(id=job.id).exclude(taken_at=None).update(taken_at=long_ago)
    ReportPart.objects.filter(job_id=job.id).exclude(taken_at=None).update(taken_at=long_ago)


def raising(*errors):
    """Return something that raises one error after the other, and then no more."""
    left = list(errors)

    def do():
        if left:
            raise left.pop(0)

    return do


def die():
    """What a worker does that is killed: nothing after this."""
    raise KeyboardInterrupt


def dying_worker(job):
    with pytest.raises(KeyboardInterrupt):
        jobs.go_on(job.id)


def test_a_report_is_made_of_its_parts_in_order(job, kind, folder, committed):
    assert jobs.progress(job) == {"state": "waiting", "done": 0, "total": 0, "error": ""}
    with committed():
        jobs.run_here(job)
    assert read(job) == REPORT
    assert kind.done == ["cut", "", "c", "f", "finish"]
    assert jobs.progress(job) == {"state": "done", "done": 3, "total": 3, "error": ""}
    assert (job.name, job.media_type) == ("report.txt", "text/plain")


def test_a_report_of_nobody_is_made_too(start):
    job, _ = start(ranges=[])
    jobs.run_here(job)
    assert read(job) == b"report\n"


def test_of_its_files_the_report_alone_stays_at_an_address_nobody_guesses(job, folder, committed):
    with committed():
        jobs.run_here(job)
    (file,) = files(folder)
    inside, secret, name = file.relative_to(folder).parts
    assert inside == "migrempower-reports" and len(secret) >= 32 and name.startswith("report-")
    assert secret not in str(job.id) and not ReportPart.objects.exists()


def test_what_is_sent_is_made_once_the_transaction_has_ended(job, kind, committed):
    with committed():
        jobs.send(job)
        assert kind.done == []
    assert read(job) == REPORT
    assert kind.done == ["cut", "", "c", "f", "finish"]


def test_many_parts_are_made_where_there_are_no_workers(start, committed):
    ranges = [[f"{number:03}", f"{number + 1:03}"] for number in range(300)]
    job, _ = start(ranges=ranges)
    with committed():
        jobs.send(job)
    assert read(job).decode().splitlines() == ["report", *(f"{after}-{upto}" for after, upto in ranges)]


def test_workers_pass_a_job_on_one_part_at_a_time(job, kind):
    for done in (["cut"], ["cut", ""], ["cut", "", "c"], ["cut", "", "c", "f"], ["cut", "", "c", "f", "finish"]):
        jobs.go_on(job.id)
        assert kind.done == done
        job.refresh_from_db()
        assert jobs.progress(job)["done"] == min(len(done) - 1, 3)
    assert read(job) == REPORT
    jobs.go_on(job.id)  # a message that comes late does nothing
    jobs.go_on(str(uuid.uuid4()))
    assert kind.done[-1] == "finish" and len(kind.done) == 5


def test_one_report_of_a_kind_is_under_way_in_a_course(start):
    first, is_new = start()
    assert is_new
    again, is_new = start(ranges=[])
    assert (again.id, is_new) == (first.id, False)
    assert start("other")[1] and start(course="another")[1]
    jobs.run_here(first)
    next_one, is_new = start()
    assert is_new and next_one.id != first.id


def test_requests_at_the_same_moment_start_one_job(tmp_path):
    run = program(tmp_path, "redis://nowhere")
    run("prepare")
    assert run("race") == {"asked": 8, "jobs": 1, "new": 1}


def test_a_report_waits_where_no_broker_answers(tmp_path):
    run = program(tmp_path, "redis://127.0.0.1:1/0")
    run("prepare")
    assert run("send") == {"state": "waiting", "done": 0, "total": 0, "error": ""}


def test_a_kind_nobody_has_registered_is_not_started(start):
    with pytest.raises((KeyError, ImportError)):
        start("nothing")
    assert not ReportJob.objects.exists()


@pytest.mark.parametrize("stage", ["cut", "", "f", "finish"])
def test_what_a_dead_worker_had_taken_up_is_done_again_when_somebody_looks(job, kind, committed, stage):
    kind.at[stage] = raising(KeyboardInterrupt())
    for _ in range(["cut", "", "c", "f", "finish"].index(stage)):
        jobs.go_on(job.id)
    dying_worker(job)
    with committed():
        jobs.revive(job)
    assert kind.done.count(stage) == 1  # it may still be at work
    let_the_lease_pass(job)
    with committed():
        jobs.revive(job)
    assert read(job) == REPORT
    assert kind.done.count(stage) == 2 and kind.done.count("finish") == (2 if stage == "finish" else 1)


def test_what_a_dead_worker_had_taken_up_is_handed_out_by_the_next_that_ends_a_part(job, kind):
    kind.at[""] = raising(KeyboardInterrupt())
    jobs.go_on(job.id)
    dying_worker(job)
    let_the_lease_pass(job)
    for _ in range(2):
        jobs.go_on(job.id)
    assert kind.done == ["cut", "", "c", "f"]
    for _ in range(2):
        jobs.go_on(job.id)
    assert kind.done == ["cut", "", "c", "f", "", "finish"]
    assert read(job) == REPORT


def test_a_message_that_was_lost_is_sent_again(job, kind, start, committed):
    with committed():
        jobs.revive(job)
    assert kind.done == []
    let_the_lease_pass(job)
    with committed():
        assert start() == (job, False)  # who asks again looks at it too
    assert read(job) == REPORT


def test_no_more_parts_of_a_job_than_allowed_are_made_at_the_same_time(job, kind, settings, caplog):
    settings.MIGREMPOWER_REPORTS |= {"at_once": 2}
    seen = []

    def others_come_by():
        del kind.at[""]
        kind.at["c"] = lambda: (jobs.go_on(job.id), seen.extend(kind.done))
        jobs.go_on(job.id)

    kind.at[""] = others_come_by
    jobs.go_on(job.id)
    jobs.go_on(job.id)
    assert seen == ["cut", "", "c"]  # the third to come found two at work
    jobs.do_all(job.id)
    assert read(job) == REPORT and not caplog.records


@in_any_storage
def test_a_part_that_is_done_twice_is_in_the_report_once(job, kind, folder, committed):
    def another_does_it():
        del kind.at["c"]
        let_the_lease_pass(job)
        jobs.revive(job)
        jobs.go_on(job.id)
        jobs.go_on(job.id)
        first.extend(files(folder))

    first = []
    kind.at["c"] = another_does_it
    for _ in range(3):
        jobs.go_on(job.id)
    assert kind.done == ["cut", "", "c", "f", "c"] and len(first) == 3
    assert sorted(files(folder)) == sorted(first)  # the second to be ready has deleted its own
    with committed():
        jobs.do_all(job.id)
    assert read(job) == REPORT and len(files(folder)) == 1


def test_a_part_that_is_ready_after_the_report_leaves_nothing(job, kind, folder, committed):
    def another_does_everything():
        kind.at.clear()
        let_the_lease_pass(job)
        jobs.revive(job)
        jobs.do_all(job.id)

    kind.at[""] = another_does_everything
    with committed():
        jobs.run_here(job)
    assert read(job) == REPORT and len(files(folder)) == 1
    assert kind.done.count("finish") == 1


def test_a_report_is_finished_by_one_worker(job, kind):
    kind.at["finish"] = lambda: jobs.do_all(job.id)  # others come by meanwhile
    jobs.run_here(job)
    assert kind.done.count("finish") == 1
    assert read(job) == REPORT


@in_any_storage
def test_a_report_that_is_finished_twice_stays_the_first(job, kind, folder, committed):
    def another_finishes():
        kind.at.clear()
        let_the_lease_pass(job)
        jobs.revive(job)
        with committed():
            jobs.do_all(job.id)
        job.refresh_from_db()
        first.append(job.file)

    first = []
    kind.at["end"] = another_finishes
    jobs.run_here(job)
    assert kind.done.count("finish") == 2
    assert [job.file] == first and read(job) == REPORT and len(files(folder)) == 1


def test_a_cancelled_job_ends_before_its_next_part_and_leaves_no_file(job, kind, folder, committed, caplog):
    def change_ones_mind():
        before.extend(files(folder))
        with committed():
            jobs.cancel(job)

    before = []

    kind.at["c"] = change_ones_mind
    jobs.run_here(job)
    assert kind.done == ["cut", "", "c"] and len(before) == 1
    assert jobs.progress(job)["state"] == "cancelled"
    assert files(folder) == [] and jobs.open_result(job) is None and not ReportPart.objects.exists()
    assert not caplog.records


def test_what_fails_because_a_job_was_cancelled_is_no_failure(job, kind, committed, caplog):
    def change_ones_mind():
        with committed():
            jobs.cancel(job)
        raise FileNotFoundError

    kind.at["c"] = change_ones_mind
    jobs.run_here(job)
    assert jobs.progress(job)["state"] == "cancelled" and kind.done[-1] == "c" and not caplog.records


def test_files_that_cannot_be_removed_now_are_when_the_job_is_forgotten(start, kind, folder, committed, caplog):
    job, _ = start()
    jobs.go_on(job.id)
    jobs.go_on(job.id)
    reports = folder / "migrempower-reports"
    reports.rename(folder / "away")
    reports.write_text("no folder")
    with committed():
        jobs.cancel(job)
    assert job.state == "cancelled" and str(job.id) in caplog.text
    ReportJob.objects.update(changed=timezone.now() - timedelta(days=8))
    start()
    assert ReportJob.objects.filter(id=job.id).exists()
    reports.unlink()
    (folder / "away").rename(reports)
    start(course="another")
    assert not ReportJob.objects.filter(id=job.id).exists() and files(folder) == []


def test_a_job_cancelled_while_it_is_finished_makes_no_report(job, kind, folder, committed, caplog):
    def change_ones_mind():
        with committed():
            jobs.cancel(job)

    kind.at["finish"] = change_ones_mind
    jobs.run_here(job)
    assert jobs.progress(job)["state"] == "cancelled" and files(folder) == [] and not caplog.records


def test_after_a_job_is_cancelled_another_may_start(job, start):
    jobs.cancel(job)
    assert start()[1]


def test_what_has_ended_cannot_be_cancelled_or_revived(job, kind, committed):
    with committed():
        jobs.run_here(job)
        jobs.cancel(job)
        let_the_lease_pass(job)
        jobs.revive(job)
    assert job.state == "done" and read(job) == REPORT and len(kind.done) == 5


@pytest.mark.parametrize("stage", ["cut", "c", "finish"])
def test_what_fails_is_tried_again(job, kind, stage):
    kind.at[stage] = raising(ValueError(), ValueError())
    jobs.run_here(job)
    assert kind.done.count(stage) == 3
    assert read(job) == REPORT


@pytest.mark.parametrize(("stage", "error"), [("cut", "cut"), ("c", "part"), ("finish", "finish")])
def test_what_keeps_failing_fails_the_job_and_tells_nobody_a_learners_words(job, kind, folder, committed, caplog, stage,
                                                                            error):
    kind.at[stage] = raising(*[ValueError("my own words")] * 9)
    with committed():
        jobs.run_here(job)
    assert jobs.progress(job) | {"total": 3} == {"state": "failed", "done": 0, "total": 3, "error": error}
    assert kind.done.count(stage) == 3 and files(folder) == [] and jobs.open_result(job) is None
    assert caplog.text.count(str(job.id)) == 3 and "ValueError" in caplog.text and "test_jobs.py" in caplog.text
    assert "my own words" not in caplog.text


def test_a_part_that_kills_its_workers_fails_the_job(job, kind):
    kind.at["c"] = die
    jobs.go_on(job.id)
    for _ in range(9):
        try:
            jobs.go_on(job.id)
        except KeyboardInterrupt:
            let_the_lease_pass(job)
    job.refresh_from_db()
    assert (job.state, job.error, kind.done.count("c")) == ("failed", "part", 3)


def test_after_a_job_has_failed_another_may_start(job, kind, start):
    kind.at["c"] = raising(*[ValueError()] * 3)
    jobs.run_here(job)
    again, is_new = start()
    assert is_new
    jobs.run_here(again)
    assert read(again) == REPORT


def test_old_reports_are_forgotten_when_another_is_made(start, folder, committed):
    old, recent, stuck = start()[0], start("other")[0], start(course="another")[0]
    with committed():
        jobs.run_here(old)
        jobs.run_here(recent)
    jobs.go_on(stuck.id)
    jobs.go_on(stuck.id)
    ReportJob.objects.exclude(id=recent.id).update(changed=timezone.now() - timedelta(days=7, minutes=1))
    ReportJob.objects.filter(id=recent.id).update(changed=timezone.now() - timedelta(days=6, hours=23))
    assert len(files(folder)) == 3
    start(course="a third")
    assert set(ReportJob.objects.values_list("course", "kind")) == {("course", "other"), ("a third", "listing")}
    assert len(files(folder)) == 1 and read(recent) == REPORT
    assert len(list((folder / "migrempower-reports").iterdir())) == 1


def test_reports_can_be_forgotten_on_a_schedule(job, folder, committed):
    with committed():
        jobs.run_here(job)
    tasks.forget.delay()
    assert ReportJob.objects.exists()
    ReportJob.objects.update(changed=timezone.now() - timedelta(days=8))
    tasks.forget.delay()
    assert not ReportJob.objects.exists() and files(folder) == []


def test_a_job_is_found_by_its_id_in_its_course_only(job):
    assert jobs.find(job.id, "course") == jobs.find(str(job.id), "course") == job
    assert jobs.find(str(job.id), "another") is None
    for nothing in (str(uuid.uuid4()), "", "1", "x" * 5000, "\0", "../../report", None, 7, -1, [], {"id": 1}):
        assert jobs.find(nothing, "course") is None


def test_a_report_whose_file_is_gone_is_none(job, folder):
    jobs.run_here(job)
    for file in files(folder):
        file.unlink()
    assert jobs.open_result(job) is None


def test_large_reports_do_not_pass_through_memory(job, kind, folder, committed):
    class Large(Listing):
        def part(self, task, after, upto, out):
            for _ in range(160):
                out.write(bytes(65_536))

    jobs.register("listing", Large())
    tracemalloc.start()
    with committed():
        jobs.run_here(job)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert files(folder)[0].stat().st_size == 3 * 160 * 65_536 + len(b"report\n")
    assert peak < 4_000_000


def test_settings_left_out_have_defaults(settings):
    settings.MIGREMPOWER_REPORTS = {"lease": 7}
    assert (jobs.setting("lease"), jobs.setting("chunk")) == (7, 1000)
    del settings.MIGREMPOWER_REPORTS
    assert jobs.setting("lease") == 120


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_ranges_of_learners_hold_everybody_once_and_no_more_than_asked(size, django_assert_num_queries):
    here = [f"{number:02}" for number in range(5)]
    for learner in here:
        for block in ("one", "two"):
            StudentItem.objects.create(student_id=learner, course_id="course", item_id=block, item_type=records.ROUNDS)
    StudentItem.objects.create(student_id="000", course_id="another", item_id="one", item_type=records.ROUNDS)
    StudentItem.objects.create(student_id="001", course_id="course", item_id="one", item_type="a peer's")
    parts = -(-5 // size)
    with django_assert_num_queries(parts):
        ranges = list(cohorts.cuts("course", [records.ROUNDS, records.RUNS], size))
    assert [after for after, _ in ranges] == ["", *here[size - 1:(parts - 1) * size:size]]
    assert [upto for _, upto in ranges] == [*(after for after, _ in ranges[1:]), None]


def test_a_course_without_records_is_one_range():
    assert list(cohorts.cuts("course", [records.ROUNDS], 10)) == [("", None)]


def test_no_migration_is_missing():
    call_command("makemigrations", "migrempower_xblock", check=True, dry_run=True, verbosity=0)


def test_the_platform_finds_app_and_tasks():
    for project in ("lms.djangoapp", "cms.djangoapp"):
        (point,) = [point for point in entry_points(group=project) if point.value.startswith("migrempower_xblock.")]
        assert point.load() is type(apps.get_app_config("migrempower_xblock"))
        assert point.load().plugin_app is not None  # else edx-django-utils leaves the app out
    celery_app.loader.import_default_modules()
    assert {"migrempower_xblock.tasks.go_on", "migrempower_xblock.tasks.forget"} <= set(celery_app.tasks)


def test_the_app_makes_nothing_of_the_package_public():
    folder = Path(apps.get_app_config("migrempower_xblock").path)
    # "management" holds the names of commands, where Django looks for them.
    assert {path.name for path in folder.iterdir() if path.is_dir()} <= {"__pycache__", "management"}
    assert not [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    for path in ("css/learner.css", "js/learner.js", "__init__.py", "presets/frameworks/migrempower.xml"):
        assert finders.find(path) is None


def test_blocks_work_where_the_app_is_not_installed():
    told = subprocess.run([sys.executable, "-c", """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "submissions"])
django.setup()
from importlib.metadata import entry_points
print(len([point.load() for point in entry_points(group="xblock.v1") if point.value.startswith("migrempower_xblock.")]))
from migrempower_xblock import jobs, tasks
print(jobs.is_installed())
"""], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert int(told[0]) >= 2 and told[1] == "False"
    assert jobs.is_installed()


def program(folder, broker):
    """run(command) lets ``jobs_worker.py`` do something in a process with the state in ``folder``; gives its JSON."""
    environment = os.environ | {"MIGREMPOWER_VAR": str(folder / "var"), "MIGREMPOWER_BROKER": broker}

    def run(*command):
        return json.loads(subprocess.run([sys.executable, "-m", "tests.jobs_worker", *command], cwd=ROOT,
                                         env=environment, check=True, capture_output=True, text=True).stdout)

    run.environment = environment
    return run


@pytest.fixture
def started():
    """started(*command, **options) starts a process in a group of its own, which ends with the test."""
    processes = []

    def start(*command, **options):
        processes.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True, **options))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def redis(started, tmp_path):
    """The address of a Redis server of the test's own."""
    server = redis_server.installed()
    if server is None:
        pytest.fail(redis_server.MISSING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started(server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path),
            stdout=subprocess.DEVNULL)
    wait_for(lambda: answers(port), "the Redis server does not answer")
    return f"redis://127.0.0.1:{port}/0"


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(condition, complaint, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, complaint
        time.sleep(0.05)
    return found


@pytest.mark.worker
def test_a_report_is_complete_though_a_worker_is_killed_in_the_middle_of_a_part(redis, started, tmp_path):
    run = program(tmp_path, redis)
    run("prepare")
    workers = {}
    for name in ("one", "two"):
        with (tmp_path / f"{name}.log").open("wb") as log:
            worker = started(sys.executable, "-m", "celery", "-A", "tests.jobs_worker", "worker", "--concurrency", "1",
                             "--hostname", name, "--loglevel", "INFO", "--without-mingle", "--without-gossip",
                             env=run.environment, stdout=log, stderr=log)
        workers[worker.pid] = worker
    for name in ("one", "two"):
        wait_for(lambda: b" ready." in (tmp_path / f"{name}.log").read_bytes(), f"worker {name} does not start")  # noqa: B023
    page = started(sys.executable, "-m", "tests.jobs_worker", "report", env=run.environment, stdout=subprocess.PIPE,
                   text=True)
    hanging = tmp_path / "var" / "sent" / "hanging"
    wait_for(lambda: hanging.exists() and hanging.read_text().endswith("\n"), "no worker has come to the part")
    group = os.getpgid(int(hanging.read_text()))
    os.killpg(group, signal.SIGKILL)
    assert workers.pop(group).wait(10) == -signal.SIGKILL

    told = json.loads(page.communicate(timeout=50)[0])
    assert told["state"] == "done" and told["total"] == 12 and told["seen"] == sorted(told["seen"][:-1]) + [12]
    lines = told["text"].splitlines()
    assert lines == ["learner rounds", *(f"{number:032x} {1 + number % 2}" for number in range(1, 61))]
    assert told["is_new"] and told["here"] == "done" and told["same"]
    assert len(told["finished"]) == 1 and len(told["files"]) == 1
    made = [line.split()[1] for line in told["parts"]]
    assert len(set(made)) == 12 and made.count(f"{20:032x}") >= 2  # the one it was killed in was made again
    assert [worker.poll() for worker in workers.values()] == [None]


