"""What a course's trainers see and do at any block of ours: the report, one learner, counselling, files."""

import functools
from functools import cached_property

from xblock.core import XBlock

from .. import jobs, platform, records
from ..block import NOT_UNDERSTOOD, LearnerBlock, Refusal, file_response, json_object, json_response, refusing
from ..competences.views import read_view
from ..platform.directory import directory
from ..texts import N_
from . import files, page
from . import profile as profile_page
from .data import Course, persons

NOT_FOR_YOU = N_("Only trainers of this course can see this.")
UNKNOWN_LEARNER = N_("This learner is not in this course any more. Please open the report again.")
NOT_SHARED = N_("This learner does not share with trainers now. Sit down together and ask: sharing is a switch on the "
                "learner's own page, under \"Who can see this?\".")
NO_JOBS = N_("Files cannot be made on this site yet. Please ask whoever runs it to install the app migrempower_xblock.")
NO_FILE = N_("This file is not there any more. Please have it made again.")
BUSY = N_("A colleague is having this file made at the moment. Please try again soon.")
NOT_HANDED_IN = N_("There is no self-evaluation of this learner to talk about here.")


def trainer_handler(function):
    """Make a method a JSON handler for trainers of the block's course; all others are refused before it is called."""

    @XBlock.handler
    @functools.wraps(function)
    @refusing
    def handler(self, request, _suffix=""):
        self.require_trainer()
        return json_response(200, function(self, json_object(request)))

    return handler


class TrainersBlock(LearnerBlock):
    """The base of the blocks with a report for trainers: of the course, or with ``report_of_itself`` of this block."""

    report_of_itself = True

    def require_trainer(self):
        """Raise ``Refusal`` unless a trainer of this course is asking."""
        self.asks_as_staff = True
        if not platform.may_train(self):
            raise Refusal(403, NOT_FOR_YOU)

    @cached_property
    def course(self):
        """The ``Course`` the report tells about, read once a request."""
        focus = self if self.report_of_itself else None
        return Course.of(self, self.account_words.language, focus)

    @property
    def plain_outline(self):
        """The outline of the whole course in the words of its documents' first languages: the same for all trainers."""
        return Course.of(self, "").outline

    @cached_property
    def directory(self):
        """Who takes part."""
        return directory(platform.course_id(self))

    def report_html(self):
        """Return the HTML of the report, which its script fills."""
        return page.frame(self)

    def add_report(self, fragment):
        """Put what the report needs beside its HTML into the fragment of a learner's page."""
        fragment.add_css_url(self.asset("css/report.css"))
        fragment.add_javascript_url(self.asset("js/report.js"))

    def _tell(self, event, **ids):
        self.runtime.publish(self, f"migrempower.report.{event}", {"trainer": self.person.id, **ids})

    # -- the report --------------------------------------------------------------------------------------------------

    @trainer_handler
    def report(self, data):
        """Return one part of the report as HTML. Changes nothing."""
        return {"html": page.part(self, page.Wish.read(data, self))}

    # -- one learner -------------------------------------------------------------------------------------------------

    @trainer_handler
    def profile(self, data):
        """Return the page of one learner: only what they share."""
        person = self._person(data)
        self._tell("profile_opened", learner=person.learner.id)
        return {"html": profile_page.page(self, person)}

    def _person(self, data):
        """Return the ``Person`` a request names. Raises ``Refusal`` where they are not here or do not share."""
        learner = data.get("learner")
        if not isinstance(learner, str) or not learner:
            raise Refusal(400, NOT_UNDERSTOOD)
        found = self.directory.find(learner)
        if found is None:
            raise Refusal(404, UNKNOWN_LEARNER)
        person = persons(self.course.whole, self.directory, [found], self.now())[0]
        if not person.seen:
            raise Refusal(403, NOT_SHARED)
        return person

    @trainer_handler
    def save_view(self, data):
        """Keep what a trainer and a learner said to each other; the same session twice is kept once."""
        person, block = self._person(data), data.get("block")
        rounds = [each for each in person.history.rounds if each.block == block and each.block in person.seen]
        framework = rounds and self.course.frameworks.get(rounds[-1].framework)
        if not framework:
            raise Refusal(404, NOT_HANDED_IN)
        view = read_view(data, framework, self.person.id, block)
        records.add_view(records.Place(person.learner.id, platform.course_id(self), block), view, self.now())
        self._tell("view_saved", learner=person.learner.id)
        return {"html": profile_page.page(self, self._person(data))}

    # -- files -------------------------------------------------------------------------------------------------------

    @trainer_handler
    def start_report(self, data):
        """Have a file made, or the figures of a large course: now where the course is small, else in the background."""
        kind, form, named = data.get("kind"), data.get("format", "csv"), data.get("named", False)
        group = page.Wish.read({"group": data.get("group", "")}, self).group
        known = {*(each for each, _, _ in files.kinds_of(self.course.outline, self.account_words)),
                 files.FIGURES}
        if not (isinstance(kind, str) and kind in known and isinstance(form, str) and form in files.FORMATS
                and isinstance(named, bool)):
            raise Refusal(400, NOT_UNDERSTOOD)
        if not jobs.is_installed():
            raise Refusal(409, NO_JOBS)
        if kind == files.FIGURES:
            name, task = "figures.json", files.figures_task(self.plain_outline, group)
        else:
            name = f"{kind}-{self.now():%Y-%m-%d}.{form}"
            task = {"outline": self.course.outline.to_json(), "group": group, "kind": kind, "format": form,
                    "named": named, "name": name}
        job, is_new = jobs.start(kind, self.course.outline.course, self.person.id, task, name=name,
                                 media_type=files.FORMATS[form])
        if not is_new and not self._is_mine(job):
            raise Refusal(409, BUSY)
        if is_new:
            if named and kind in files.FILES:
                self._tell("named_file_asked", kind=kind)
            if self.directory.count(group) <= jobs.setting("in_request"):
                jobs.run_here(job)
            else:
                jobs.send(job)
        return self.told(job)

    @trainer_handler
    def report_progress(self, data):
        """Return how far a job is; parts whose worker has died are handed out again."""
        job = self._job(data.get("job"))
        jobs.revive(job)
        return self.told(job)

    @trainer_handler
    def cancel_report(self, data):
        """End a job; its files go."""
        job = self._job(data.get("job"))
        jobs.cancel(job)
        return self.told(job)

    @XBlock.handler
    @refusing
    def report_file(self, request, suffix=""):
        """Send a finished file: ``report_file/<job>``."""
        self.require_trainer()
        if request.method != "GET":
            raise Refusal(405, NOT_UNDERSTOOD)
        job = self._job(suffix)
        # Figures are counts of few people too; the page shows what may be told of them.
        file = None if job.kind == files.FIGURES else jobs.open_result(job)
        if file is None:
            raise Refusal(404, NO_FILE)
        return file_response(job.name, job.media_type, app_iter=file)

    def _is_mine(self, job):
        return job.by == self.person.id or job.kind == files.FIGURES

    def _job(self, job_id):
        job = jobs.find(job_id, platform.course_id(self)) if isinstance(job_id, str) and jobs.is_installed() else None
        if job is None or not self._is_mine(job):
            raise Refusal(404, NO_FILE)
        return job

    def told(self, job):
        """Return what a page has to know of a job."""
        address = self.runtime.handler_url(self, "report_file", str(job.id))
        return {"job": {"id": str(job.id), "kind": job.kind, "name": job.name, "address": address,
                        **jobs.progress(job)}}
