"""The passport block: a learner's path, plan and experience in this course, and a document of their own."""

from contextlib import contextmanager
from functools import cached_property

from xblock.core import XBlock
from xblock.fields import Dict, Scope, String

from . import passport_page, platform, records
from .block import NOT_UNDERSTOOD, Refusal, file_response, learner_handler, refusing
from .competences.portfolio import Portfolio, read_changes
from .documents import FORMATS
from .learner_page import json_file
from .merging import stamp_of
from .replies import RepliesBlock
from .texts import N_
from .titled import TitledBlock

NUMBER = "number"
FILE_NAME = "competence-passport"


class PassportBlock(TitledBlock, RepliesBlock):
    """Gathers what one learner has in this course, for the learner alone. Nothing is graded."""

    icon_class = "other"
    file_name = "passport"
    initializer = "MigrEmpowerPassport"

    display_name = String(display_name="Title", default="My path and my document", scope=Scope.settings,
                          help="What the unit is called.")
    # What the learner adds to their records, as ``Portfolio`` writes it.
    progress = Dict(default={}, scope=Scope.user_state)

    # -- views -------------------------------------------------------------------------------------------------------

    @XBlock.supports("multi_device")
    def student_view(self, _context=None):
        """Show the learner their path, plan, experience and document."""
        return self.fragment(self._page())

    def public_view(self, _context=None):
        """Invite a visitor."""
        return self.fragment(passport_page.visitor(self.words))

    def author_view(self, _context=None):
        """Say in Studio what stands here in the course."""
        return self.message(N_("Learners see here their path, their plan and a document they can take with them."))

    def _page(self):
        return passport_page.page(self) if self.person.id is not None else passport_page.visitor(self.words)

    # -- what is kept ------------------------------------------------------------------------------------------------

    @property
    def place(self):
        """Where the learner's choice to share the plan is kept."""
        return records.Place(self.person.id, platform.course_id(self), str(self.scope_ids.usage_id))

    @cached_property
    def history(self):
        """All that is kept about the learner in this course; nothing outside of one."""
        return records.history(self.person.id, self.place.course) if platform.in_course(self) else records.History()

    @cached_property
    def material(self):
        """What the page and the document are made of, read once a request."""
        return passport_page.Material.of(self)

    @property
    def portfolio(self):
        """What the learner has added; an empty one where it cannot be read."""
        try:
            return Portfolio.from_json(self.progress)
        except records.UNREADABLE:
            return Portfolio()

    @contextmanager
    def _locked(self):
        """Let one request of a learner at a time work here, on what is stored now; outside of a course there is but
        one.
        """
        if not platform.in_course(self):
            yield
            return
        with records.locked(self.place):
            latest = platform.latest_state(self, "progress")
            if latest is not None and latest != self.progress:
                self.progress = latest
            yield

    # -- handlers ----------------------------------------------------------------------------------------------------

    @learner_handler
    def page(self, _data):
        """Return the page as it is now. Changes nothing."""
        return {"html": self._page()}

    @learner_handler
    def save_answers(self, data):
        """Take in entries as they are written; the same ones may arrive twice, late or in another order."""
        now = stamp_of(self.now())
        changes = read_changes(data.get("answers"), now)
        with self._locked():
            if data.get(NUMBER) != self.portfolio.number:
                raise Refusal(409, N_("This was deleted in the meantime. Please open the page again."))
            portfolio = self.portfolio.merged(changes)
            self.progress = portfolio.to_json()
            self.save()
        return {"answers": {name: portfolio.entries[name].to_json() for name in changes}, "now": now}

    @learner_handler
    def preview(self, _data):
        """Return the document as a page shows and prints it. Changes nothing."""
        return {"html": passport_page.preview(self)}

    @learner_handler
    def choose_languages(self, data):
        """Keep the learner's own language for all our blocks, and return the page in it."""
        own = data.get("own")
        if own not in self.material.offered:
            raise Refusal(400, N_("This language is not offered here. Please choose another one."))
        self.migrempower_languages = {"beside": "", **self.migrempower_languages, "own": own}
        return {"html": self._page()}

    @learner_handler
    def share_block(self, data):
        """Keep whether trainers may see the learner's answers at one activity of the course, or their plan here."""
        block, shared, stamp = data.get("block"), data.get("shared"), data.get("stamp")
        if not isinstance(block, str) or not isinstance(shared, bool) or type(stamp) is not int or stamp < 0:
            raise Refusal(400, NOT_UNDERSTOOD)
        kinds = {**self.material.may_share, self.place.block: records.ROUNDS}
        if block not in kinds or not platform.in_course(self):
            raise Refusal(404, N_("This activity is not part of the course any more. Please open the page again."))
        if shared and kinds[block] is None:  # taking back is always possible
            raise Refusal(403, N_("Nothing is shared with trainers in this activity."))
        place, now = records.Place(self.person.id, self.place.course, block, kinds[block] or records.ROUNDS), self.now()
        with records.locked(place):
            kept = records.set_sharing(place, shared, min(stamp, stamp_of(now)), now)
        if kept == shared:
            self.runtime.publish(self, "migrempower.passport.sharing_changed", {"block": block, "shared": shared})
        return {"shared": kept}

    @learner_handler
    def delete_data(self, _data):
        """Delete everything that is kept about the learner in this course: at each activity and here. Points stay."""
        for block in self.material.ids:
            other = platform.same_learners(self, block)
            if other is not None:
                other.erase()
                other.save()
        with self._locked():
            self.progress = Portfolio(self.portfolio.number + 1).to_json()
            if platform.in_course(self):
                records.delete_all(self.person.id, self.place.course)
            self.save()
        if platform.in_course(self):
            self.runtime.publish(self, "migrempower.passport.data_deleted", {})
        self.__dict__.pop("history", None)  # read before it was deleted
        return {"html": self._page()}

    @XBlock.handler
    @refusing
    def download(self, request, suffix=""):
        """Send the document, ``download/pdf`` (``docx``, ``json``, ``elm``), or all that is kept: ``download/all``."""
        self.require_participant()
        if request.method != "GET" or suffix not in (*FORMATS, "all"):
            raise Refusal(404, NOT_UNDERSTOOD)
        if suffix == "all":
            (body, kind), name = json_file(passport_page.everything(self)), "my-data.json"
        else:
            made = FORMATS[suffix]
            body, kind = made.write(passport_page.document(self)), made.media_type
            name = f"{FILE_NAME}.{made.extension}"
        return file_response(name, kind, body=body)

    def clear_student_state(self, user_id, course_id, item_id, requesting_user_id=None):
        """Delete the learner's choice to share the plan when staff reset their state; called by the platform."""
        records.delete(records.Place(user_id, str(course_id), str(item_id)))
