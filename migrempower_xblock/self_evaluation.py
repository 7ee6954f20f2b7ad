"""The self-evaluation block: a learner says what they can do, sees their strengths and what to do next."""

from collections import OrderedDict
from contextlib import nullcontext

from webob import Response
from xblock.completable import CompletableXBlockMixin
from xblock.core import XBlock
from xblock.fields import Dict, Float, Integer, Scope, String
from xblock.scorable import ScorableXBlockMixin, Score

from . import evaluation_page, platform, records
from .authored import AuthoredBlock
from .block import NOT_UNDERSTOOD, Refusal, learner_handler, refusing, shipped_picture
from .competences.answers import MOMENTS, AnswerSheet, read_changes, stamp_of
from .competences.profile import ratings
from .competences.standing import Standing
from .olx import FRAMEWORK_OLX, preset_framework
from .problems import InvalidDocument, Problem
from .records import Round
from .texts import N_

_MOST_ROUNDS = 100
NO_ROUNDS_LEFT = N_("You have used all rounds of this evaluation.")


class SelfEvaluationBlock(CompletableXBlockMixin, ScorableXBlockMixin, AuthoredBlock):
    """One framework, answered statement by statement, as often as the author allows.

    Graded on completion only: what a learner says about themselves never moves a score.
    """

    has_author_view = True
    show_in_read_only_mode = True
    icon_class = "problem"
    document_format = FRAMEWORK_OLX

    display_name = String(default="Self-evaluation", scope=Scope.settings)
    framework = String(default="migrempower", scope=Scope.content, help="The name of a shipped framework.")
    moment = String(default="start", scope=Scope.settings, help="start, end or looking-back")
    rounds = Integer(default=1, scope=Scope.settings, help="How often a learner may hand in; 0 is without limit.")
    second_language = String(default="", scope=Scope.settings, help="The language shown beside the learner's own.")
    weight = Float(default=1.0, scope=Scope.settings, help="What the whole block counts in the grade.")

    # The answers in progress as AnswerSheet.to_json() writes them and, beside them, "score": what was graded, 0 to 1.
    progress = Dict(default={}, scope=Scope.user_state)

    # -- the framework -----------------------------------------------------------------------------------------------

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

    def warnings(self, framework):
        """Return what the author may want to mend, though learners can work with it."""
        found = []
        if self.second_language and self.second_language not in framework.languages:
            found.append(f"second_language=\"{self.second_language}\" is not one of the framework's languages.")
        pictured = (*framework.scale.levels, *framework.areas, *framework.statements.values())
        pictures = {each.picture for each in pictured}
        return found + [f"There is no picture called '{name}'; learners see none." for name in sorted(pictures)
                        if name and "/" not in name and not shipped_picture(name)]

    @classmethod
    def check_setting(cls, name, value):
        """Raise ``ValueError`` with what to write instead."""
        if name == "moment" and value not in MOMENTS:
            raise ValueError(f"Use one of: {', '.join(MOMENTS)}.")
        if name == "rounds" and not (isinstance(value, int) and 0 <= value <= _MOST_ROUNDS):
            raise ValueError(f"Use a whole number from 0 (no limit) to {_MOST_ROUNDS}.")
        if name == "weight" and not (value is None or 0 <= value < float("inf")):
            raise ValueError("Use a number, 0 or more.")

    def _framework_or_none(self):
        try:
            return self.load_document()
        except InvalidDocument:
            return None

    def _framework_or_refuse(self):
        framework = self._framework_or_none()
        if framework is None:
            raise Refusal(409, N_("This activity is not ready yet. Please tell your trainer."))
        return framework

    # -- views -------------------------------------------------------------------------------------------------------

    @XBlock.supports("multi_device")
    def student_view(self, _context=None):
        """Show the learner where they are: start, a statement, or the result."""
        return self._fragment(self._page())

    def public_view(self, _context=None):
        """Invite a visitor; nothing of theirs is kept."""
        return self._fragment(evaluation_page.visitor(self.words))

    def author_view(self, _context=None):
        """Show the author in Studio what the block holds and what is wrong with it."""
        try:
            framework, problems = self.load_document(), []
        except InvalidDocument as error:
            framework, problems = None, error.problems
        warnings = self.warnings(framework) if framework else []
        return self._fragment(evaluation_page.author(self, framework, problems, warnings))

    def student_view_data(self, _context=None):
        """Return what a native client needs to show the questions; it posts to the same handlers."""
        framework = self._framework_or_none()
        if framework is None:
            return {"ready": False}
        return {"ready": True, "moment": self.moment, "rounds": self.rounds, "framework": framework.to_data()}

    def index_dictionary(self):
        """Return what a search in the course should find."""
        index = super().index_dictionary()
        framework = self._framework_or_none()
        if framework is None:
            return index
        language = framework.languages[0]
        content = {"display_name": self.display_name, "title": framework.title[language],
                   "statements": " ".join(s.text[language] for s in framework.statements.values())}
        return {**index, "content": {**index.get("content", {}), **content}, "content_type": "Self-evaluation"}

    def _fragment(self, html):
        return self.learner_fragment(html, "self_evaluation", "MigrEmpowerSelfEvaluation")

    def _page(self):
        """Return the HTML of the learner's page."""
        if self.person.id is None:
            return evaluation_page.visitor(self.words)
        try:
            framework = self.load_document()
        except InvalidDocument as error:
            return evaluation_page.broken(self, error.problems if self.person.is_staff else (), self._sheet,
                                          self._history())
        return evaluation_page.page(self, framework, self._sheet, self._history())

    # -- where the learner stands ------------------------------------------------------------------------------------

    @property
    def _sheet(self):
        return AnswerSheet.from_json(self.progress)

    def keep_sheet(self, sheet):
        """Put the answers in progress into the learner's state; the score beside them stays."""
        self.progress = {**self.progress, **sheet.to_json()}

    def _history(self):
        if not platform.in_course(self):
            return records.History((), frozenset())
        return records.history(self.place.learner, self.place.course)

    def _locked(self):
        return records.locked(self.place) if platform.in_course(self) else nullcontext()

    def standing(self, framework, sheet, numbers, history=None):
        """Return the learner's ``Standing``; ``numbers`` are those of the rounds handed in here."""
        waiting = self.moment == "looking-back" and not any(
            each.moment == "end" for each in (history or self._history()).of_framework(framework.id))
        limit = self.rounds if numbers else 0  # the first round is always allowed
        return Standing.of(sheet.round, numbers, limit, self.is_closed(), waiting)

    def _sheet_to_change(self, number, framework, numbers):
        """Return the open sheet. Raises ``Refusal`` where round ``number`` cannot be answered now."""
        sheet = self._sheet
        standing = self.standing(framework, sheet, numbers)
        _refuse_closed(standing)
        if not standing.rounds_left and number not in numbers:
            raise Refusal(403, NO_ROUNDS_LEFT)
        if number != standing.open_round:
            raise Refusal(409, N_("These answers belong to a round that is closed. Please open the page again."))
        return sheet if sheet.round == number else AnswerSheet(number)

    def _round_numbers(self):
        return records.round_numbers(self.place) if platform.in_course(self) else ()

    # -- handlers ----------------------------------------------------------------------------------------------------

    @learner_handler
    def page(self, _data):
        """Return the page as it is now; a page the browser kept may be older. Changes nothing."""
        return self._page_reply()

    @learner_handler
    def save_answers(self, data):
        """Take in answers as they are given; the same answers may arrive twice, late or in another order."""
        framework = self._framework_or_refuse()
        now = stamp_of(self.now())
        number = _round_number(data)
        changes = read_changes(data.get("answers"), framework, now)
        with self._locked():
            sheet = self._sheet_to_change(number, framework, self._round_numbers()).merged(changes)
            self.keep_sheet(sheet)
            self.save()
        completion = sheet.completion(framework)
        # A round already handed in stays complete while the next one is under way.
        self._complete(max(completion, self.get_score().raw_earned))
        self.announce("migrempower.self_evaluation.answered", round=sheet.round, statements=sorted(changes))
        return {"answers": {statement: sheet.answers[statement].to_json() for statement in changes},
                "completion": completion, "now": now}

    @learner_handler
    def hand_in(self, data):
        """Make a dated round of the answers. A repeated request finds the round made and answers the same."""
        framework = self._framework_or_refuse()
        if not platform.in_course(self):
            raise Refusal(403, N_("You can hand in when this activity is part of a course."))
        now = self.now()
        number = _round_number(data)
        changes = read_changes(data.get("answers", {}), framework, stamp_of(now))
        with self._locked():
            history = self._history()
            numbers = history.numbers(self.place.block)
            if number not in numbers:
                sheet = self._sheet_to_change(number, framework, numbers).merged(changes)
                history = self.add_round(framework, sheet, now, history)
                self.save()
                self.announce("migrempower.self_evaluation.handed_in", round=number)
        # Published outside of the lock, and again when repeated, so that a lost reply cannot cost the grade.
        self.publish_grade()
        return {"html": evaluation_page.page(self, framework, self._sheet, history)}

    def add_round(self, framework, sheet, when, history):
        """Make the sheet a round handed in at ``when``: a record, the score, an empty sheet. Return the new history."""
        answered = set(sheet.answered(framework))
        handed_in = Round(
            framework=framework.id, version=framework.version, moment=self.moment, number=sheet.round,
            # All of them: a note on a statement the author has removed is still the learner's.
            answers={**{each: sheet.answers[each] for each in framework.statements if each in sheet.answers},
                     **sheet.answers},
            unanswered=tuple(statement for statement in framework.statements if statement not in answered),
            completion=sheet.completion(framework), ratings=ratings(framework, sheet.for_framework(framework)),
            handed_in=when, block=self.place.block)
        records.add_round(self.place, handed_in)
        history = history.with_round(handed_in)
        self.keep_sheet(AnswerSheet(sheet.round))
        # Never below what was earned, even after the rounds it was earned with have been deleted.
        self.set_score(max(self.get_score(), self.calculate_score(history)))
        return history

    @learner_handler
    def start_again(self, _data):
        """Open the next round, if the author allows one; the rounds handed in stay as they are."""
        framework = self._framework_or_refuse()
        with self._locked():
            standing = self.standing(framework, self._sheet, self._round_numbers())
            _refuse_closed(standing)
            if standing.open_round is None:
                if not standing.rounds_left:
                    raise Refusal(403, NO_ROUNDS_LEFT)
                self.keep_sheet(AnswerSheet(standing.next_round))
                self.save()
                self.announce("migrempower.self_evaluation.started_again", round=standing.next_round)
        return self._page_reply()

    @learner_handler
    def choose_languages(self, data):
        """Keep the learner's own language and the one beside it (or ""), and return the page in them."""
        offered = self._framework_or_refuse().languages
        own, beside = data.get("own"), data.get("beside", "")
        if own not in offered or (beside != "" and beside not in offered):
            raise Refusal(400, N_("This language is not offered here. Please choose another one."))
        self.migrempower_languages = {"own": own, "beside": "" if beside == own else beside}
        return self._page_reply()

    @learner_handler
    def share(self, data):
        """Keep whether trainers may see the learner's answers here. It never moves a score."""
        shared, stamp = data.get("shared"), data.get("stamp")
        if not isinstance(shared, bool) or type(stamp) is not int:
            raise Refusal(400, NOT_UNDERSTOOD)
        if not platform.in_course(self):
            raise Refusal(403, N_("You can share when this activity is part of a course."))
        now = self.now()
        with self._locked():
            kept = records.set_sharing(self.place, shared, min(stamp, stamp_of(now)), now)
        if kept == shared:
            self.announce("migrempower.self_evaluation.sharing_changed", shared=shared)
        return {"shared": kept}

    @learner_handler
    def delete_data(self, _data):
        """Delete the learner's answers, rounds and sharing choice at this block, rows and all. The grade stays.

        The next round has a number of its own, so what another tab or an old device still sends cannot bring them back.
        """
        with self._locked():
            following = max([self._sheet.round, *self._round_numbers()]) + 1
            if platform.in_course(self):
                records.delete(self.place)
            self.keep_sheet(AnswerSheet(following))
            self.save()
        self.announce("migrempower.self_evaluation.data_deleted")
        return self._page_reply()

    @XBlock.handler
    @refusing
    def download(self, request, suffix=""):
        """Send all that is kept about the learner at this block, as a file: ``download/json`` or ``download/csv``."""
        self.require_participant()
        if request.method != "GET" or suffix not in ("json", "csv"):
            raise Refusal(404, NOT_UNDERSTOOD)
        body, kind = evaluation_page.download(self, suffix, self._framework_or_none(), self._sheet, self._history())
        response = Response(body, content_type=kind, charset="utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="self-evaluation.{suffix}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page_reply(self):
        return {"html": self._page()}

    # -- score and completion ----------------------------------------------------------------------------------------

    def _complete(self, completion):
        if platform.in_course(self):
            self.emit_completion(completion)

    def publish_grade(self):
        """Publish the score that was kept, as grade and as completion."""
        score = self.get_score()
        self._publish_grade(score)
        self._complete(score.raw_earned)

    def max_score(self):
        """Return the highest score; known without a learner."""
        return 1.0

    def has_submitted_answer(self):
        """Whether the learner has handed in a round."""
        return bool(self._history().of_block(self.place.block))

    def get_score(self):
        """Return the score that was kept."""
        return Score(raw_earned=self.progress.get("score", 0.0), raw_possible=self.max_score())

    def set_score(self, score):
        """Keep a score, ours or one an instructor set."""
        earned = score.raw_earned / score.raw_possible * self.max_score() if score.raw_possible else 0.0
        self.progress = {**self.progress, "score": earned}

    def calculate_score(self, history=None):
        """Return answered ÷ asked of the most complete round; ratings play no part."""
        rounds = (history or self._history()).of_block(self.place.block)
        return Score(raw_earned=max((each.completion for each in rounds), default=0.0), raw_possible=self.max_score())

    def rescore(self, only_if_higher=False):
        """Score the handed-in rounds anew, keep the result and publish it."""
        if not self.has_submitted_answer():
            raise ValueError("Nothing has been handed in yet.")
        score = self.calculate_score()
        if not only_if_higher or score.raw_earned > self.get_score().raw_earned:
            self.set_score(score)
        self._publish_grade(score, only_if_higher)

    def clear_student_state(self, user_id, course_id, item_id, requesting_user_id=None):
        """Delete a learner's records when staff reset their state; called by the platform."""
        records.delete(records.Place(user_id, str(course_id), str(item_id)))

    # -- the platform's report ---------------------------------------------------------------------------------------

    def generate_report_data(self, user_state_iterator, limit_responses=None):
        """Yield (username, row) for the problem response report, a row per learner and always the same columns.

        Answers stand there only where the learner shares them.
        """
        framework = self._framework_or_none()
        states = []
        for state in user_state_iterator:
            if limit_responses is not None and len(states) >= limit_responses:
                break
            states.append(state)
        ids = platform.anonymous_ids(self, [state.username for state in states])
        rounds, sharing = records.rounds_of_block(
            platform.course_id(self), str(self.scope_ids.usage_id), ids.values())
        for state in states:
            learner = ids.get(state.username)
            sheet = AnswerSheet.from_json(state.state.get("progress"))
            yield state.username, OrderedDict(evaluation_page.report_row(
                framework, sheet, rounds.get(learner, []), learner in sharing))


def _round_number(data):
    number = data.get("round")
    if type(number) is not int:
        raise Refusal(400, NOT_UNDERSTOOD)
    return number


def _refuse_closed(standing):
    if standing.closed:
        raise Refusal(403, N_("The time for this evaluation is over. Your earlier answers are kept."))
    if standing.waiting:
        raise Refusal(403, N_("Looking back opens after your evaluation at the end."))
