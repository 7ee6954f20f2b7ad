"""The cohort report block: a course's trainers see who needs help, what has changed, and sit down with one learner."""

from xblock.core import XBlock
from xblock.fields import Scope, String

from . import platform
from .texts import N_
from .titled import TitledBlock
from .trainers.block import NOT_FOR_YOU, TrainersBlock


class CohortReportBlock(TitledBlock, TrainersBlock):
    """The trainers' report on the whole course. Learners see a line that says so; nothing is graded."""

    report_of_itself = False
    has_custom_completion = True  # it is no learner's to complete
    icon_class = "other"
    file_name = "report"
    initializer = "MigrEmpowerReport"

    display_name = String(display_name="Title", default="Report for trainers", scope=Scope.settings,
                          help="What stands above the report.")

    @XBlock.supports("multi_device")
    def student_view(self, _context=None):
        """Show trainers the report, and others that it is not for them."""
        return self.fragment(self.report_html()) if platform.may_train(self) else self.message(NOT_FOR_YOU)

    def public_view(self, _context=None):
        """Say that this is for trainers."""
        return self.message(NOT_FOR_YOU)

    def author_view(self, _context=None):
        """Say in Studio what stands here in the course."""
        return self.message(N_("Trainers of this course see their report here. Learners see that it is not for them."))
