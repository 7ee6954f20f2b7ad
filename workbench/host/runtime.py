"""xblock-sdk's runtime, with the LMS's user attributes, a course, and a gradebook that listens."""

from django.urls import reverse
from workbench.models import XBlockState
from workbench.runtime import WorkbenchRuntime
from xblock.reference.user_service import UserService, XBlockUser

from .models import Grade
from .people import ENROLLED

COURSE_ID = "course-v1:MigrEmpower+Sample+2026"


class HostUserService(UserService):
    """Answers as the LMS does, for one of our people."""

    def __init__(self, person, language):
        super().__init__()
        self._user = XBlockUser(is_current_user=True, full_name=person.name)
        self._user.opt_attrs = person.attributes(language)

    def get_current_user(self):
        """Return the person."""
        return self._user

    def get_anonymous_user_id(self, username, _course_id):
        """Return the anonymous id of a learner by username, or None."""
        return next((person.anonymous_id for person in ENROLLED if person.key == username), None)


class HostPermissions:
    """Studio's service for permissions: who is offered it may write."""

    def can_write(self, _course):
        """Return that the author may."""
        return True


class HostRuntime(WorkbenchRuntime):
    """The runtime of one person in the sample course."""

    due_dates = {}
    is_host = True  # each block has the state of the person

    def __init__(self, person=None, language=None):
        super().__init__(person.anonymous_id if person else None)
        self.person = person
        if person:
            self._services["user"] = HostUserService(person, language or person.language)
            if person.role == "author":
                self._services["studio_user_permissions"] = HostPermissions()

    def _patch_xblock(self, block):
        """Give the block its course and due date; the workbench's own mocks would close it at once."""
        block.course_id = COURSE_ID
        block.due = self.due_dates.get(block.scope_ids.usage_id)
        block.graceperiod = None

    def get_block(self, usage_id, for_parent=None):
        """Return a block that knows its course."""
        block = super().get_block(usage_id, for_parent)
        self._patch_xblock(block)
        return block

    def blocks_of_type(self, block_type):
        """Answer what ``platform.blocks_of_type`` asks the modulestore in the LMS."""
        from .course import units_of_type

        return [(block, reverse("unit", args=[unit.slug])) for block, unit in units_of_type(self, block_type)]

    def has_begun(self, block):
        """Answer what ``platform.has_begun`` asks the LMS's store."""
        return XBlockState.objects.filter(scope="usage", scope_id=block.scope_ids.usage_id).exclude(
            user_id=None).exclude(state="{}").exists()

    def latest_state(self, block, name):
        """Answer what ``platform.latest_state`` asks the LMS's store."""
        return getattr(self.get_block(block.scope_ids.usage_id), name)

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        """Return the address of a handler for this person."""
        url = super().handler_url(block, handler_name, suffix, query, thirdparty)
        return url.replace(f"student={block.scope_ids.user_id}", f"student={self.person.key}") if self.person else url

    def publish(self, block, event_type, event_data):
        """Write grades and completion to the gradebook, learners' only."""
        if self.person is None or self.person.role != "learner":
            return
        row = {"learner": self.person.key, "block": block.scope_ids.usage_id}
        if event_type == "grade":
            higher_stays = event_data.get("only_if_higher") and Grade.objects.filter(
                **row, earned__gte=event_data["value"]).exists()
            if not higher_stays:
                self._write(row, earned=event_data["value"], possible=event_data["max_value"])
        elif event_type == "completion":
            self._write(row, completion=event_data["completion"])

    @staticmethod
    def _write(row, **values):
        # Written before it is read: SQLite refuses a transaction that turns from reading to writing too late.
        if not Grade.objects.filter(**row).update(**values):
            Grade.objects.get_or_create(**row, defaults=values)
