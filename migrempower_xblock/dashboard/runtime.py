"""What the report needs of a runtime where it stands on a page of its own, in no unit of the course."""

from django.urls import reverse
from django.utils import translation
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds
from xblock.runtime import Runtime

from ..cohort_report import CohortReportBlock
from ..platform import course_pages
from ..words import words_for

BLOCK_TYPE = "migrempower_cohort_report"
NAME = "dashboard"  # of the block; no author can give a block this type and name, Studio makes names of its own


def title(user):
    """Return what the report is called, in the language of a user's account."""
    return words_for(course_pages.language_of(user), translation.get_language()).gettext("Report for trainers")


class PageRuntime(Runtime):
    """The runtime of one request of ``user`` in the course ``key``; nothing is kept, events are told."""

    def __init__(self, user, key):
        super().__init__(id_reader=None, id_generator=None, services={
            "field-data": DictFieldData({"display_name": title(user)}), "user": course_pages.user_service(user, key)})
        self._key = key

    def block(self):
        """Return the report on the course, made for this request."""
        usage = self._key.make_usage_key(BLOCK_TYPE, NAME)
        return self.construct_xblock_from_class(
            CohortReportBlock, ScopeIds(None, BLOCK_TYPE, usage, usage))

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        """Return the address of a request of the report."""
        return reverse("migrempower:handler", args=[self._key, handler_name, suffix] if suffix
                       else [self._key, handler_name])

    def local_resource_url(self, block, uri):
        """Return the address of a file below ``static/``."""
        return course_pages.static_address(block, uri)

    def resource_url(self, resource):
        """Addresses of other files are not asked for."""
        raise NotImplementedError

    def publish(self, block, event_type, event_data):
        """Tell an event of the report."""
        course_pages.tell(self._key, event_type, event_data)
