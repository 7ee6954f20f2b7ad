"""The training module block: a learner reads, practises, talks, and is scored for it."""

import re

from django.utils.crypto import salted_hmac
from xblock.fields import Integer, Scope, String

from . import platform, records, training_files, training_page, training_steps
from .authoring.settings import TRAINING_MODULE
from .block import NOT_UNDERSTOOD, Refusal, learner_handler
from .merging import stamp_of
from .olx import MODULE_OLX, framework_names, module_names, preset_framework, preset_module
from .problems import InvalidDocument, Problem
from .recorded import MOST_RECORDS, RecordedBlock
from .records import Run
from .studio import made_id
from .texts import N_
from .training.activity import Activity
from .training.runs import SHOW_ANSWERS, Rules, RunSheet, mark, read_changes
from .training.taking_part import Checklist
from .training.veil import Veil

MARKING = ("on-check", "at-end")
COUNTS = ("best", "latest")


class TrainingModuleBlock(RecordedBlock):
    """One module, worked through step by step, as often as the author allows. Graded on its marks."""

    document_format = MODULE_OLX
    record_kind = records.RUNS
    count_name = "run"
    block_name = "training_module"
    content_type = "Training module"
    initializer = "MigrEmpowerTrainingModule"
    sheet_class = RunSheet
    choices = {**RecordedBlock.choices, "marking": MARKING, "counts": COUNTS, "show_answers": SHOW_ANSWERS}
    most = {"runs": MOST_RECORDS, "attempts": 20, "pass_mark": 100}

    display_name = String(default="Training module", scope=Scope.settings)
    module = String(default="my-skills", scope=Scope.content, help="The name of a shipped module.")
    marking = String(default="on-check", scope=Scope.settings, help="on-check, or at-end: when the run is handed in.")
    attempts = Integer(default=0, scope=Scope.settings, help="How often to check an activity; 0 is without limit.")
    show_answers = String(default="after-last-attempt", scope=Scope.settings,
                          help="When the right answer shows: after-attempt, after-last-attempt, after-due or never.")
    pass_mark = Integer(default=60, scope=Scope.settings, help="The percentage needed to pass; 0 for none.")
    runs = Integer(default=0, scope=Scope.settings, help="How often the module may be handed in; 0 is without limit.")
    counts = String(default="best", scope=Scope.settings, help="Which run counts in the grade: best or latest.")
    country = String(default="", scope=Scope.settings, help="The country to show where a learner has chosen none.")

    # Shared by all modules, so that it is chosen once. The country they live in now; never where they come from.
    # None until it was asked; "" is a choice too: another country, or none of our business.
    migrempower_country = String(default=None, scope=Scope.user_info)

    # -- the module --------------------------------------------------------------------------------------------------

    settings = TRAINING_MODULE
    preset_field = "module"
    preset_names = staticmethod(module_names)
    preset = staticmethod(preset_module)

    def blank_document(self, language):
        """Return the plain data of a module to begin with."""
        return {"id": made_id("module"), "version": "1", "languages": [language], "minutes": 15, "title": {},
                "competences": [{"id": "", "title": {}}], "steps": []}

    def size_in_words(self, module):
        """Return how large a module is."""
        ngettext, steps, minutes = self.account_words.ngettext, len(module.steps), module.minutes
        return " · ".join([ngettext("{n} step", "{n} steps", steps).format(n=steps),
                           ngettext("about {n} minute", "about {n} minutes", minutes).format(n=minutes)])

    def known_competences(self):
        """Return the competences of the frameworks that ship or stand in the course."""
        frameworks = {preset_framework(name).id: preset_framework(name) for name in framework_names()}
        for block in platform.authored_blocks(self, "migrempower_self_evaluation"):
            framework = block.document_or_none()
            frameworks |= {framework.id: framework} if framework else {}
        language = self.account_words.language
        return [{"id": each.id, "title": dict(each.title), "framework": framework.id,
                 "frameworkTitle": framework.title.words(language)}
                for framework in frameworks.values() for each in framework.competences]

    def shipped_document(self):
        """Return the shipped module the author chose."""
        module = preset_module(self.module)
        if module is None:
            raise InvalidDocument([Problem((), f"There is no shipped module called '{self.module}'. "
                                               "Choose one that ships, or add a <module> of your own.")])
        return module

    def add_xml_to_node(self, node):
        """Write the block as OLX, its marking always: with nothing but a url_name it would be read as a pointer."""
        node.set("marking", self.marking)
        super().add_xml_to_node(node)

    def warnings(self, module):
        """Return what the author may want to mend, though learners can work with it."""
        found = super().warnings(module)
        if self.show_answers == "after-attempt" and self.attempts != 1 and not self.is_marked_at_end:
            found.append('show_answers="after-attempt" shows the answer after the first check, which is then the only '
                         "one.")
        if self.show_answers == "after-last-attempt" and self.attempts and self.runs != 1:
            found.append("Answers show after the last attempt, and the module may be done again: who has seen them can "
                         'give them in the next run. Set runs="1", or show_answers="never".')
        return found

    @classmethod
    def check_setting(cls, name, value):
        """Raise ``ValueError`` with what to write instead."""
        super().check_setting(name, value)
        if name == "country" and value and not re.fullmatch("[A-Z]{2}", value):
            raise ValueError("Use a country's code of two letters, such as ES or DE.")

    @property
    def rules(self):
        """The author's ``Rules`` for a run."""
        return Rules(self.is_marked_at_end, self.attempts, self.show_answers, platform.shows_correctness(self))

    @property
    def rules_before_any_try(self):
        """The ``Rules`` as far as they matter while nothing has been tried."""
        return Rules(self.is_marked_at_end, correctness=platform.shows_correctness(self))

    @property
    def is_marked_at_end(self):
        """Whether nothing is marked before the run is handed in."""
        return self.marking == "at-end"

    @property
    def veil(self):
        """The ``Veil`` over what this learner is offered here."""
        place = self.place
        return Veil(salted_hmac("migrempower", "\0".join((place.learner or "", place.course, place.block)),
                                algorithm="sha256").digest())

    @property
    def country_shown(self):
        """The country whose notes show: the learner's choice, else the author's."""
        return self.country if self.migrempower_country is None else self.migrempower_country

    def module_after(self):
        """Return (title, address) of the module that comes next in the course, or None."""
        modules = platform.blocks_of_type(self, "migrempower_training_module")
        ids = [block.scope_ids.usage_id for block, _ in modules]
        if self.scope_ids.usage_id not in ids:
            return None
        for block, address in modules[ids.index(self.scope_ids.usage_id) + 1:]:
            module = block.document_or_none()
            if module:
                return module.title, address
        return None

    # -- views -------------------------------------------------------------------------------------------------------

    def page_html(self, module, sheet, history):
        """Return the HTML of the learner's page: goals, steps, or the summary."""
        return training_page.page(self, module, sheet, history)

    def visitor_html(self):
        """Return the HTML for someone who has not logged in."""
        return training_page.visitor(self.words)

    def author_html(self, module, problems, warnings):
        """Return the HTML of the preview in Studio."""
        return training_page.author(self, module, problems, warnings)

    def student_view_data(self, _context=None):
        """Return what a native client needs to list the module; the steps themselves come with the learner's page.

        Nothing of an activity stands here but its question: options have names of their own for each learner.
        """
        module = self.document_or_none()
        if module is None:
            return {"ready": False}
        return {
            "ready": True, "id": module.id, "version": module.version, "languages": list(module.offered),
            "title": dict(module.title), "about": dict(module.about), "minutes": module.minutes,
            "points": module.points, "pass_mark": self.pass_mark, "runs": self.runs,
            "competences": [competence.to_data() for competence in module.competences],
            "steps": [{"id": step.id, "title": dict(step.title), "activity": isinstance(step, Activity)}
                      for step in module.steps],
        }

    def state_for_clients(self, module, sheet):
        """Return the steps of the open run as this learner may see them, and what they have answered."""
        view = training_steps.look(self, module, sheet or self.sheet_class())
        return {"country": self.country_shown, "answers": training_steps.shown_answers(view),
                "done": view.sheet.done(module, view.rules),
                "steps": [training_steps.step_data(view, step) for step in module.steps] if sheet else []}

    def record_for_clients(self, record):
        """Return the points of the run, where they may be told."""
        return {"earned": record.earned, "possible": record.possible} if platform.shows_correctness(self) else {}

    def indexed(self, module, language):
        """Return the titles of the steps, for a search in the course."""
        return {"steps": " ".join(step.title.words(language) for step in module.steps)}

    # -- runs --------------------------------------------------------------------------------------------------------

    @property
    def limit(self):
        """How often a learner may hand in; 0 is without limit."""
        return self.runs

    def read_changes(self, data, module, now):
        """Return ``{step id: Change}`` from a request."""
        return read_changes(data, module, self.veil, now)

    def merge(self, sheet, changes, module):
        """Return the sheet with changes taken in and checks marked."""
        return sheet.merged(changes, module, self.rules)

    def completion_of(self, sheet, module):
        """Return steps seen and done ÷ steps."""
        return sheet.completion(module, self.rules)

    def held(self, sheet, changes, module):
        """Return what the server holds now of the steps in a request, and new HTML of those that were marked."""
        view = training_steps.look(self, module, sheet)
        sent = {step: {"stamp": change.stamp} for step, change in changes.items()}  # of what was not taken in
        answers = sent | training_steps.shown_answers(view, changes)
        marked = [step for step, change in changes.items() if step in module.activities and (
            change.check or module.activities[step].form == "dialogue" or sheet.entries[step].reply != change.reply)]
        return {"answers": answers, "done": sheet.done(module, view.rules),
                "steps": {step: training_steps.step_html(view, module.by_id[step], alone=True)
                          for step in marked}}

    def completion_when_handed_in(self, sheet, module):
        """Return steps done ÷ steps; what handing in marks is done, and what is for real life is not waited for."""
        return len(sheet.done_when_finished(module, self.rules)) / len(module.steps)

    def counts_late(self, number):
        """Whether what was checked in time may still be handed in; nothing new is taken."""
        return self.sheet.number == number and bool(self.sheet.tries)

    def spent_by(self, sheet, numbers):
        """Return how many runs stay used: else deleting would give tries back."""
        return len(numbers) + bool(sheet.tries and sheet.number not in numbers)

    def left_of(self, sheet, number):
        """Return the sheet to go on with: what is ticked off in real life stays ticked."""
        module = self.document_or_none()
        kept = {step: entry for step, entry in sheet.entries.items()
                if module and isinstance(module.by_id.get(step), Checklist)}
        return RunSheet(number, kept)

    def record_of(self, module, sheet, when):
        """Return the ``Run`` of a sheet: what is not yet checked is checked now."""
        replies = sheet.finished(module, self.rules)
        marks = mark(module, replies)
        return Run(
            module=module.id, version=module.version, number=sheet.number, replies=replies,
            done=sheet.done_when_finished(module, self.rules),
            shares=marks.shares, earned=marks.earned, possible=marks.possible, ratings=marks.ratings,
            handed_in=when, block=self.place.block)

    def share_of(self, runs):
        """Return what the runs are worth when marked by the module as it is today: the best of them, or the latest."""
        module = self.document_or_none()
        shares = []
        for run in runs:
            shares.append((mark(module, run.replies) if module else run).share)
        if not shares:
            return 0.0
        return shares[-1] if self.counts == "latest" else max(shares)

    def next_score(self, earned):
        """Return the score to keep after a run: the latest, or the best there has been."""
        return earned if self.counts == "latest" else super().next_score(earned)

    def max_score(self):
        """Return the points of the module; known without a learner."""
        module = self.document_or_none()
        return float(module.points) if module else 1.0

    def file_of(self, kind, module, sheet, history):
        """Return the learner's file."""
        return training_files.download(self, kind, module, sheet, history)

    def report_row(self, module, sheet, runs, shared):
        """Return the learner's row in the platform's report."""
        return training_files.report_row(module, self.rules, sheet, runs, shared)

    # -- handlers of its own -----------------------------------------------------------------------------------------

    @learner_handler
    def tick(self, data):
        """Keep what a learner ticks off after handing in; it moves no points. Later ticks win, as in a run."""
        module = self.document_or_refuse()
        now = stamp_of(self.now())
        changes = self.read_changes(data.get("answers"), module, now)
        if not all(isinstance(module.by_id[step], Checklist) for step in changes):
            raise Refusal(400, NOT_UNDERSTOOD)
        with self._locked():
            if self.sheet.number not in self.store.numbers():
                raise Refusal(409, N_("This belongs to a run that is not handed in. Please open the page again."))
            sheet = self.merge(self.sheet, changes, module)
            self.keep_sheet(sheet)
            self.save()
        return {"answers": training_steps.shown_answers(training_steps.look(self, module, sheet), changes), "now": now}

    @learner_handler
    def choose_country(self, data):
        """Keep the country the learner lives in now, or "" for none, and return the page with its notes."""
        country = data.get("country")
        if country != "" and country not in self.document_or_refuse().countries:
            raise Refusal(400, N_("There are no notes about this country. Please choose another one."))
        self.migrempower_country = country
        return self._page_reply()
