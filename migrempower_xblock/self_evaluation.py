"""The self-evaluation block: a learner says what they can do, sees their strengths and what to do next."""

from xblock.fields import Integer, Scope, String

from . import evaluation_page, records
from .authoring.settings import SELF_EVALUATION
from .block import Refusal
from .competences.answers import MOMENTS, AnswerSheet, read_changes
from .competences.profile import ratings
from .olx import FRAMEWORK_OLX, framework_names, preset_framework, scale_names, shipped_scale
from .problems import InvalidDocument, Problem
from .recorded import MOST_RECORDS, RecordedBlock
from .records import Round
from .replies import RepliesBlock
from .studio import made_id
from .texts import N_
from .words import interface_languages


class SelfEvaluationBlock(RecordedBlock, RepliesBlock):
    """One framework, answered statement by statement, as often as the author allows.

    Graded on completion only: what a learner says about themselves never moves a score.
    """

    document_format = FRAMEWORK_OLX
    record_kind = records.ROUNDS
    count_name = "round"
    block_name = "self_evaluation"
    content_type = "Self-evaluation"
    initializer = "MigrEmpowerSelfEvaluation"
    sheet_class = AnswerSheet
    choices = {**RecordedBlock.choices, "moment": MOMENTS}
    most = {"rounds": MOST_RECORDS}

    display_name = String(default="Self-evaluation", scope=Scope.settings)
    framework = String(default="migrempower", scope=Scope.content, help="The name of a shipped framework.")
    moment = String(default="start", scope=Scope.settings, help="start, end or looking-back")
    rounds = Integer(default=1, scope=Scope.settings, help="How often a learner may hand in; 0 is without limit.")

    # -- the framework -----------------------------------------------------------------------------------------------

    settings = SELF_EVALUATION
    preset_field = "framework"
    preset_names = staticmethod(framework_names)
    preset = staticmethod(preset_framework)

    def blank_document(self, language):
        """Return the plain data of a framework to begin with."""
        return {"id": made_id("framework"), "version": "1", "languages": [language], "title": {},
                "scale": shipped_scale("help", [language]), "areas": []}

    def scales(self):
        """Return the plain data of the shipped scales."""
        return [shipped_scale(name, list(interface_languages())) for name in scale_names()]

    def size_in_words(self, framework):
        """Return how large a framework is."""
        ngettext = self.account_words.ngettext
        areas, competences, statements = len(framework.areas), len(framework.competences), len(framework.statements)
        return " · ".join([ngettext("{n} area", "{n} areas", areas).format(n=areas),
                           ngettext("{n} competence", "{n} competences", competences).format(n=competences),
                           ngettext("{n} statement", "{n} statements", statements).format(n=statements)])

    def shipped_document(self):
        """Return the shipped framework the author chose."""
        framework = preset_framework(self.framework)
        if framework is None:
            raise InvalidDocument([Problem((), f"There is no shipped framework called '{self.framework}'. "
                                               "Choose one that ships, or add a <framework> of your own.")])
        return framework

    def add_xml_to_node(self, node):
        """Write the block as OLX, its moment always: with nothing but a url_name it would be read as a pointer."""
        node.set("moment", self.moment)
        super().add_xml_to_node(node)

    # -- views -------------------------------------------------------------------------------------------------------

    def page_html(self, framework, sheet, history):
        """Return the HTML of the learner's page: start, a statement, or the result."""
        return evaluation_page.page(self, framework, sheet, history)

    def visitor_html(self):
        """Return the HTML for someone who has not logged in."""
        return evaluation_page.visitor(self.words)

    def author_html(self, framework, problems, warnings):
        """Return the HTML of the preview in Studio."""
        return evaluation_page.author(self, framework, problems, warnings)

    def student_view_data(self, _context=None):
        """Return what a native client needs to show the questions; it posts to the same handlers."""
        framework = self.document_or_none()
        if framework is None:
            return {"ready": False}
        shown = {**framework.to_data(), "languages": list(framework.offered)}
        shown.pop("retired", None)
        return {"ready": True, "moment": self.moment, "rounds": self.rounds, "framework": shown}

    def state_for_clients(self, framework, sheet):
        """Return the answers of the open round."""
        answers = sheet.for_framework(framework) if sheet else {}
        return {"answers": {statement: answer.to_json() for statement, answer in answers.items()}}

    def record_for_clients(self, record):
        """Return what the round says: a rating from 0 to 1 for each competence."""
        return {"moment": record.moment, "ratings": record.ratings}

    def indexed(self, framework, language):
        """Return the statements, for a search in the course."""
        return {"statements": " ".join(s.text.words(language) for s in framework.statements.values())}

    # -- rounds ------------------------------------------------------------------------------------------------------

    @property
    def limit(self):
        """How often a learner may hand in; 0 is without limit."""
        return self.rounds

    def is_waiting(self, framework, history):
        """Whether looking back has to wait for an evaluation at the end."""
        return self.moment == "looking-back" and not any(
            each.moment == "end" for each in (history or self.history()).of_framework(framework.id))

    def refuse_closed(self, standing):
        """Raise ``Refusal`` after the due date, or while looking back has to wait."""
        super().refuse_closed(standing)
        if standing.waiting:
            raise Refusal(403, N_("Looking back opens after your evaluation at the end."))

    def read_changes(self, data, framework, now):
        """Return ``{statement id: Answer}`` from a request."""
        return read_changes(data, framework, now)

    def merge(self, sheet, changes, framework):
        """Return the sheet with answers taken in."""
        return sheet.merged(changes)

    def completion_of(self, sheet, framework):
        """Return answered ÷ asked."""
        return sheet.completion(framework)

    def held(self, sheet, changes, framework):
        """Return the answers the server holds now to the statements of a request."""
        return {"answers": {statement: sheet.answers[statement].to_json() for statement in changes}}

    def record_of(self, framework, sheet, when):
        """Return the ``Round`` of a sheet."""
        answered = set(sheet.answered(framework))
        return Round(
            framework=framework.id, version=framework.version, moment=self.moment, number=sheet.number,
            # All of them: a note on a statement the author has removed is still the learner's.
            answers={**{each: sheet.answers[each] for each in framework.statements if each in sheet.answers},
                     **sheet.answers},
            unanswered=tuple(statement for statement in framework.statements if statement not in answered),
            completion=sheet.completion(framework), ratings=ratings(framework, sheet.for_framework(framework)),
            handed_in=when, block=self.place.block)

    def share_of(self, rounds):
        """Return answered ÷ asked of the most complete round; ratings play no part."""
        return max((each.completion for each in rounds), default=0.0)

    def file_of(self, kind, framework, sheet, history):
        """Return the learner's file."""
        return evaluation_page.download(self, kind, framework, sheet, history)

    def report_row(self, framework, sheet, rounds, shared):
        """Return the learner's row in the platform's report."""
        return evaluation_page.report_row(framework, sheet, rounds, shared)
