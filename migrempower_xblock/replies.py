"""A block in which learners read what trainers recorded about them, and answer."""

from . import platform, records
from .block import NOT_UNDERSTOOD, LearnerBlock, Refusal, learner_handler
from .competences.views import read_reply
from .merging import stamp_of
from .texts import N_


class RepliesBlock(LearnerBlock):
    """The base of the blocks that show learners their trainers' views."""

    scripts = ("replies",)

    @learner_handler
    def answer_view(self, data):
        """Keep the learner's answer to what a trainer recorded, "" to take it back; a later one stays."""
        session, stamp, now = data.get("session"), data.get("stamp"), self.now()
        if type(stamp) is not int or stamp < 0:
            raise Refusal(400, NOT_UNDERSTOOD)
        text, course = read_reply(data.get("text")), platform.course_id(self)
        kept = records.history(self.person.id, course).views if platform.in_course(self) else ()
        view = next((view for view in kept if view.session == session), None)
        if view is None:
            raise Refusal(404, N_("What your trainer said here is not there any more. Please open the page again."))
        text = records.set_reply(records.Place(self.person.id, course, view.block), view.session, text,
                                 min(stamp, stamp_of(now)), now)
        self.runtime.publish(self, "migrempower.view_answered", {})
        return {"text": text}
