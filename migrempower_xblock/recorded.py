"""A block in which learners work for a while and then hand in: what is handed in is kept for good and scored."""

from collections import Counter, OrderedDict
from contextlib import contextmanager
from functools import cached_property

from xblock.completable import CompletableXBlockMixin
from xblock.core import XBlock
from xblock.fields import Dict, Float, Scope, String
from xblock.scorable import ScorableXBlockMixin, Score

from . import learner_page, platform, records, stores
from .authoring.hints import missing
from .block import (
    NOT_UNDERSTOOD,
    Refusal,
    file_response,
    json_response,
    learner_handler,
    refusing,
    shipped_picture,
)
from .locales import language_name
from .merging import stamp_of
from .problems import InvalidDocument
from .schema import inside
from .shapes import fits
from .standing import Standing
from .studio import StudioBlock
from .texts import LANGUAGE_TAG, N_
from .trainers.block import TrainersBlock

MOST_RECORDS = 100
HIGHEST_WEIGHT = 1000
SHARING = ("ask", "never")
AFTER_DUE = ("close", "stay-open")
NOT_READY = N_("This activity is not ready yet. Please tell your trainer.")
NONE_LEFT = N_("You cannot do this again: all your turns are used.")


class RecordedBlock(CompletableXBlockMixin, ScorableXBlockMixin, StudioBlock, TrainersBlock):
    """The base of the self-evaluation and the training module.

    A learner fills a *sheet* (in the learner's state), saved as it is filled. Handing in makes a *record* of it
    (``records``), and the next sheet has the next number. A subclass says what stands in the sheet, what the record
    holds and what it is worth.
    """

    has_author_view = True
    show_in_read_only_mode = True
    icon_class = "problem"

    record_kind = None  # records.ROUNDS or records.RUNS
    count_name = ""  # what a request calls the number: "round" or "run"
    block_name = ""  # of the block's script, style, events and files
    initializer = ""  # the script's global function
    content_type = ""  # what a search in the course calls it
    sheet_class = None
    choices = {"sharing": SHARING, "after_due": AFTER_DUE}  # what a setting may be
    most = {}  # how large a setting may be, from 0

    weight = Float(default=1.0, scope=Scope.settings, help="What the whole block counts in the grade.")
    sharing = String(default="ask", scope=Scope.settings, help="ask: learners may share with trainers; or never.")
    after_due = String(default="close", scope=Scope.settings,
                       help="What happens after the due date: close, or stay-open.")
    second_language = String(default="", scope=Scope.settings, help="The language shown beside the learner's own.")

    # The sheet as its to_json() writes it and, beside it, "score": what was graded, "complete": how much was done when
    # it was handed in, both 0 to 1; and "spent": turns used and deleted since.
    progress = Dict(default={}, scope=Scope.user_state)

    # -- what a subclass says ----------------------------------------------------------------------------------------

    @property
    def limit(self):
        """How often a learner may hand in; 0 is without limit."""
        raise NotImplementedError

    def indexed(self, document, language):
        """Return {name: words} of the document that a search in the course should find beside its title."""
        raise NotImplementedError

    def page_html(self, document, sheet, history):
        """Return the HTML of the learner's page."""
        raise NotImplementedError

    def visitor_html(self):
        """Return the HTML for someone who has not logged in."""
        raise NotImplementedError

    def author_html(self, document, problems, warnings):
        """Return the HTML of the preview in Studio."""
        raise NotImplementedError

    def read_changes(self, data, document, now):
        """Return the changes in a request's "answers". Raises ``BadAnswer``."""
        raise NotImplementedError

    def merge(self, sheet, changes, document):
        """Return the sheet with changes taken in. Raises ``BadAnswer``."""
        raise NotImplementedError

    def completion_of(self, sheet, document):
        """Return how much of a sheet is done, 0.0 to 1.0."""
        raise NotImplementedError

    def held(self, sheet, changes, document):
        """Return what the reply to ``save_answers`` says about the changes."""
        raise NotImplementedError

    def record_of(self, document, sheet, when):
        """Return the record of a sheet handed in at ``when``."""
        raise NotImplementedError

    def share_of(self, records_here):
        """Return the share of the score that the records of this block earn, 0.0 to 1.0."""
        raise NotImplementedError

    def state_for_clients(self, document, sheet):
        """Return what a native client needs of the open ``sheet``, None where there is none; ready for JSON."""
        raise NotImplementedError

    def record_for_clients(self, record):
        """Return what a native client may tell of something handed in; ready for JSON."""
        raise NotImplementedError

    def file_of(self, kind, document, sheet, history):
        """Return (body, media type) of all that is kept about the learner here, as ``json`` or ``csv``."""
        raise NotImplementedError

    def report_row(self, document, sheet, records_here, shared):
        """Return the (column, value) pairs of one learner in the platform's report."""
        raise NotImplementedError

    def left_of(self, sheet, number):
        """Return the sheet ``number`` to go on with after ``sheet`` was handed in."""
        return self.sheet_class(number)

    def completion_when_handed_in(self, sheet, document):
        """Return how much of a sheet is done once it is handed in, 0.0 to 1.0."""
        return self.completion_of(sheet, document)

    def counts_late(self, number):
        """Whether the sheet ``number`` may be handed in as it is after the due date."""
        return False

    def spent_by(self, sheet, numbers):
        """Return how many turns stay used when a learner deletes the sheet and the records ``numbers``."""
        return 0

    def is_waiting(self, document, history):
        """Whether something else has to come before this block."""
        return False

    @classmethod
    def check_setting(cls, name, value):
        """Raise ``ValueError`` with what to write instead."""
        if name == "weight" and not (value is None or 0 <= value <= HIGHEST_WEIGHT):
            raise ValueError(f"Use a number from 0 to {HIGHEST_WEIGHT}.")
        choices = cls.choices.get(name)
        if choices and value not in choices:
            raise ValueError(f"Use one of: {', '.join(choices)}.")
        most = cls.most.get(name)
        if most is not None and not (type(value) is int and 0 <= value <= most):
            raise ValueError(f"Use a whole number from 0 to {most}.")
        if name == "second_language" and not (isinstance(value, str) and (not value or LANGUAGE_TAG.fullmatch(value))):
            raise ValueError("Use a language tag such as 'en' or 'ar', or nothing.")

    def warnings(self, document):
        """Return what the author may want to mend, though learners can work with it."""
        found = []
        if self.second_language and self.second_language not in document.languages:
            found.append(f'second_language="{self.second_language}" is not one of the {self.document_format.tag}\'s '
                         "languages.")
        lacking = Counter(each.language for each in missing(type(document), document.to_data()) if each.what == "text")
        found += [f"Texts that are missing in {language_name(language)}: {number}. There another language shows"
                  + (", and learners are offered the language." if language in document.offered else
                     ". Learners are not offered the language before most of it is there.")
                  for language, number in lacking.items()]
        pictures = {getattr(value, "picture", "") for value in inside(document)}
        return found + [f"There is no picture called '{name}'; learners see none." for name in sorted(pictures)
                        if name and "/" not in name and not shipped_picture(name)]

    def index_dictionary(self):
        """Return what a search in the course should find."""
        index = super().index_dictionary()
        document = self.document_or_none()
        if document is None:
            return index
        language = document.languages[0]
        content = {"display_name": self.display_name, "title": document.title.words(language),
                   **self.indexed(document, language)}
        return {**index, "content": {**index.get("content", {}), **content}, "content_type": self.content_type}

    # -- views -------------------------------------------------------------------------------------------------------

    @XBlock.supports("multi_device")
    def student_view(self, _context=None):
        """Show the learner where they are; trainers see the report on this block below."""
        if not platform.may_train(self):
            return self._fragment(self._page())
        fragment = self._fragment(self._page() + self.report_html())
        self.add_report(fragment)
        return fragment

    def public_view(self, _context=None):
        """Invite a visitor; nothing of theirs is kept."""
        return self._fragment(self.visitor_html())

    def author_view(self, _context=None):
        """Show the author in Studio what the block holds and what is wrong with it."""
        try:
            document, problems = self.load_document(), []
        except InvalidDocument as error:
            document, problems = None, error.problems
        return self._fragment(self.author_html(document, problems, self.warnings(document) if document else []))

    def _fragment(self, html):
        return self.learner_fragment(html, self.block_name, self.initializer)

    def _page(self):
        if self.person.id is None:
            return self.visitor_html()
        try:
            document = self.load_document()
        except InvalidDocument as error:
            return learner_page.broken(self, error.problems if self.person.is_staff else (), self.history())
        return self.page_html(document, self.sheet, self.history())

    def _page_reply(self):
        return {"html": self._page()}

    # -- where the learner stands ------------------------------------------------------------------------------------

    @property
    def place(self):
        """Where this learner's records are kept."""
        return records.Place(self.person.id, platform.course_id(self), str(self.scope_ids.usage_id), self.record_kind)

    @cached_property
    def store(self):
        """Where this learner's records are kept: nowhere in a library, or in Studio's preview."""
        return stores.Store(self.place) if platform.in_course(self) else stores.NoStore()

    @property
    def sheet(self):
        """What is in progress."""
        return self._readable(self.progress)

    def _readable(self, progress):
        """Return the sheet in a learner's state; an empty one where it cannot be read."""
        try:
            return self.sheet_class.from_json(progress)
        except (AttributeError, KeyError, TypeError, ValueError):
            return self.sheet_class()

    def is_closed(self):
        """Whether the time is over, and the author wants that to matter."""
        return self.after_due == "close" and self.is_overdue()

    @property
    def has_begun(self):
        """Whether there is something in progress."""
        sheet = self.sheet
        return sheet != self.sheet_class(sheet.number)

    def keep_sheet(self, sheet):
        """Put what is in progress into the learner's state; the score beside it stays."""
        self.progress = {**self.progress, **sheet.to_json()}

    def _kept(self, name):
        """Return a number kept beside the sheet: "score", "complete" or "spent"."""
        number = self.progress.get(name)
        return number if fits(number, float) else 0.0

    def history(self):
        """Return all that is kept about the learner in this course."""
        return self.store.history()

    @contextmanager
    def _locked(self):
        """Let one request of a learner at a time work here, on what is stored now."""
        with self.store.locked():
            latest = platform.latest_state(self, "progress") if self.store.is_shared else None
            if latest is not None and latest != self.progress:
                self.progress = latest
            yield

    def document_or_refuse(self):
        """Return the document. Raises ``Refusal`` where it has mistakes."""
        document = self.document_or_none()
        if document is None:
            raise Refusal(409, NOT_READY)
        return document

    def standing(self, document, sheet, numbers, history=None):
        """Return the learner's ``Standing``; ``numbers`` are those of what was handed in here."""
        spent = int(self._kept("spent"))
        limit = self.limit if numbers or spent else 0  # once is always allowed
        return Standing.of(sheet.number, numbers, limit, self.is_closed(), self.is_waiting(document, history), spent)

    def _sheet_to_change(self, number, document, numbers):
        """Return the open sheet. Raises ``Refusal`` where ``number`` cannot be filled now."""
        sheet = self.sheet
        standing = self.standing(document, sheet, numbers)
        self.refuse_closed(standing)
        if not standing.any_left and number not in numbers:
            raise Refusal(403, NONE_LEFT)
        if number != standing.open:
            raise Refusal(409, N_("These answers belong to something already handed in. Please open the page again."))
        return sheet if sheet.number == number else self.sheet_class(number)

    def refuse_closed(self, standing):
        """Raise ``Refusal`` after the due date."""
        if standing.closed:
            raise Refusal(403, N_("The time for this activity is over. Your earlier answers are kept."))

    # -- handlers ----------------------------------------------------------------------------------------------------

    @learner_handler
    def page(self, _data):
        """Return the page as it is now; a page the browser kept may be older. Changes nothing."""
        return self._page_reply()

    @XBlock.handler
    @refusing
    def student_view_user_state(self, request, _suffix=""):
        """Return what a native client shows of this learner; the name is the platform's. Changes nothing."""
        self.require_participant()
        if request.method != "GET":
            raise Refusal(405, NOT_UNDERSTOOD)
        document = self.document_or_refuse()
        sheet, history = self.sheet, self.history()
        here = history.of_block(self.place.block)
        standing = self.standing(document, sheet, [each.number for each in here], history)
        own = self.own_language(document.offered)
        is_open = standing.stage == "answering"
        return json_response(200, {
            "stage": standing.stage, self.count_name: standing.open if is_open else None,
            "may_go_again": standing.may_go_again, "own": own, "beside": learner_page.beside_of(self, document, own),
            "may_share": self.sharing == "ask", "shared": learner_page.is_shared(self, history),
            "completion": self._kept("complete"), "now": stamp_of(self.now()),
            "handed_in": [{self.count_name: each.number, "when": learner_page.written(each.handed_in),
                           **self.record_for_clients(each)} for each in here],
            **self.state_for_clients(document, (sheet if sheet.number == standing.open else
                                                self.sheet_class(standing.open)) if is_open else None)})

    @learner_handler
    def save_answers(self, data):
        """Take in answers as they are given; the same answers may arrive twice, late or in another order."""
        document = self.document_or_refuse()
        now = stamp_of(self.now())
        number = self._number(data)
        changes = self.read_changes(data.get("answers"), document, now)
        with self._locked():
            numbers = self.store.numbers()
            if number in numbers:  # where that cannot be read, the learner does it again
                numbers = self.history().numbers(self.place.block)
            before = self._sheet_to_change(number, document, numbers)
            sheet = self.merge(before, changes, document)
            self.keep_sheet(sheet)
            self.save()
        completion = self.completion_of(sheet, document)
        # What was handed in stays complete while the next one is under way.
        self._complete(max(completion, self._kept("complete")))
        if changes:
            self.announce("answered", **{self.count_name: number}, ids=sorted(changes))
        return {**self.held(sheet, changes, document), "completion": completion, "now": now}

    @learner_handler
    def hand_in(self, data):
        """Make a dated record of the sheet. A repeated request finds it made and answers the same."""
        document = self.document_or_refuse()
        if not self.store.keeps:
            raise Refusal(403, N_("You can hand in when this activity is part of a course."))
        now = self.now()
        number = self._number(data)
        changes = self.read_changes(data.get("answers", {}), document, stamp_of(now))
        with self._locked():
            history = self.history()
            numbers = history.numbers(self.place.block)
            if number not in numbers:
                if self.is_closed() and self.counts_late(number):
                    sheet = self.sheet  # what was done in time, and nothing more
                else:
                    sheet = self.merge(self._sheet_to_change(number, document, numbers), changes, document)
                history = self.add_record(document, sheet, now, history)
                self.save()
                self.announce("handed_in", **{self.count_name: number})
        # Published outside of the lock, and again when repeated, so that a lost reply cannot cost the grade.
        self.publish_grade()
        self._complete(self._kept("complete"))
        return {"html": self.page_html(document, self.sheet, history)}

    def add_record(self, document, sheet, when, history):
        """Make the sheet a record handed in at ``when``: the row, the score, an empty sheet. Return the new history."""
        record = self.record_of(document, sheet, when)
        self.store.add(record)
        history = history.with_record(record)
        self.keep_sheet(self.left_of(sheet, sheet.number))
        self.progress = {**self.progress,
                         "complete": max(self._kept("complete"), self.completion_when_handed_in(sheet, document)),
                         "score": self.next_score(self.share_of(history.of_block(self.place.block)))}
        return history

    def next_score(self, earned):
        """Return the score to keep: never below what was kept, even when the records it came from are deleted."""
        return max(self._kept("score"), earned)

    @learner_handler
    def start_again(self, _data):
        """Open the next sheet, if the author allows one; what was handed in stays as it is."""
        document = self.document_or_refuse()
        with self._locked():
            standing = self.standing(document, self.sheet, self.history().numbers(self.place.block))
            self.refuse_closed(standing)
            if standing.open is None:
                if not standing.any_left:
                    raise Refusal(403, NONE_LEFT)
                self.keep_sheet(self.left_of(self.sheet, standing.following))
                self.save()
                self.announce("started_again", **{self.count_name: standing.following})
        return self._page_reply()

    @learner_handler
    def choose_languages(self, data):
        """Keep the learner's own language and the one beside it (or ""), and return the page in them."""
        offered = self.document_or_refuse().offered
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
        if not self.store.keeps:
            raise Refusal(403, N_("You can share when this activity is part of a course."))
        if shared and self.sharing != "ask":  # taking back is always possible
            raise Refusal(403, N_("Nothing is shared with trainers in this activity."))
        now = self.now()
        with self._locked():
            kept = self.store.set_sharing(shared, min(stamp, stamp_of(now)), now)
        if kept == shared:
            self.announce("sharing_changed", shared=shared)
        return {"shared": kept}

    @learner_handler
    def delete_data(self, _data):
        """Delete the learner's answers, records and sharing choice at this block, rows and all. The grade stays.

        The next sheet has a number of its own, so what another tab or an old device still sends cannot bring them back.
        """
        self.erase()
        return self._page_reply()

    def erase(self):
        """Delete what ``delete_data`` deletes; the passport asks for it too."""
        with self._locked():
            numbers = self.store.numbers()
            following = max([self.sheet.number, *numbers]) + 1
            spent = self.spent_by(self.sheet, numbers)
            if spent:
                self.progress = {**self.progress, "spent": self._kept("spent") + spent}
            self.store.delete()
            self.keep_sheet(self.sheet_class(following))
            self.save()
        # Asked by the passport, the host would name the passport beside the event.
        self.announce("data_deleted", block=self.place.block)

    @XBlock.handler
    @refusing
    def download(self, request, suffix=""):
        """Send all that is kept about the learner at this block, as a file: ``download/json`` or ``download/csv``."""
        self.require_participant()
        if request.method != "GET" or suffix not in ("json", "csv"):
            raise Refusal(404, NOT_UNDERSTOOD)
        body, kind = self.file_of(suffix, self.document_or_none(), self.sheet, self.history())
        return file_response(f"{self.block_name.replace('_', '-')}.{suffix}", kind, body=body)

    def _number(self, data):
        number = data.get(self.count_name)
        if type(number) is not int:
            raise Refusal(400, NOT_UNDERSTOOD)
        return number

    def announce(self, event, **ids):
        """Publish an event of ours, in a course; ids and counts only, never what a person wrote or chose."""
        if self.store.keeps:
            self.runtime.publish(self, f"migrempower.{self.block_name}.{event}", ids)

    # -- score and completion ----------------------------------------------------------------------------------------

    def _complete(self, completion):
        if self.store.keeps:
            self.emit_completion(completion)

    def publish_grade(self):
        """Publish the score that was kept."""
        self._publish_grade(self.get_score())

    def max_score(self):
        """Return the highest score; known without a learner."""
        return 1.0

    def has_submitted_answer(self):
        """Whether the learner has handed in."""
        return bool(self.history().of_block(self.place.block))

    def _score(self, share):
        return Score(raw_earned=share * self.max_score(), raw_possible=self.max_score())

    def get_score(self):
        """Return the score that was kept."""
        return self._score(self._kept("score"))

    def set_score(self, score):
        """Keep a score, ours or one an instructor set. The platform sets each one again that we publish."""
        if _share(score) != self._kept("score"):
            with self._locked():
                self._keep_score(score)

    def _keep_score(self, score):
        """Keep a score beside what the learner may have saved meanwhile; in the lock."""
        self.progress = {**self.progress, "score": _share(score)}
        self.save()

    def calculate_score(self):
        """Return what the records are worth today."""
        return self._score(self.share_of(self.history().of_block(self.place.block)))

    def rescore(self, only_if_higher=False):
        """Score the records anew, keep the result and publish it."""
        if not self.has_submitted_answer():
            raise ValueError("Nothing has been handed in yet.")
        with self._locked():
            score = self.calculate_score()
            if not only_if_higher or score.raw_earned > self.get_score().raw_earned:
                self._keep_score(score)
        self._publish_grade(score, only_if_higher)

    def clear_student_state(self, user_id, course_id, item_id, requesting_user_id=None):
        """Delete a learner's records when staff delete their state; called by the platform, before it deletes the state
        itself. It leaves it to us to say that the score is gone.
        """
        place = records.Place(user_id, str(course_id), str(item_id), self.record_kind)
        records.delete(place)
        records.tell_reset(place, self.now())

    # -- the platform's report ---------------------------------------------------------------------------------------

    def generate_report_data(self, user_state_iterator, limit_responses=None):
        """Yield (username, row) for the problem response report, a row per learner and always the same columns.

        What a learner wrote stands there only where they share it.
        """
        document = self.document_or_none()
        states = []
        for state in user_state_iterator:
            if limit_responses is not None and len(states) >= limit_responses:
                break
            states.append(state)
        ids = platform.anonymous_ids(self, [state.username for state in states])
        found, sharing = records.of_block(
            platform.course_id(self), str(self.scope_ids.usage_id), self.record_kind, ids.values())
        for state in states:
            learner = ids.get(state.username)
            yield state.username, OrderedDict(self.report_row(
                document, self._readable(state.state.get("progress")), found.get(learner, []),
                self.sharing == "ask" and learner in sharing))


def _share(score):
    """Return the share of a ``Score`` that was earned, 0.0 to 1.0."""
    return score.raw_earned / score.raw_possible if score.raw_possible else 0.0
