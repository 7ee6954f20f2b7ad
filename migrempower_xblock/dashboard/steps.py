"""The tabs of the instructor dashboards: steps of Open edX's filters. Only the LMS imports this file."""

from django.urls import reverse
from openedx_filters import PipelineStep
from web_fragments.fragment import Fragment

from ..platform import course_pages
from ..templating import render
from .runtime import title

TAB = "migrempower_report"
PLACE = 65  # after the downloads of data, at 60


class NewTab(PipelineStep):
    """A tab of the new dashboard (filter ``org.openedx.learning.instructor.dashboard.tabs.requested.v1``)."""

    def run_filter(self, tabs, user, course_key):  # pylint: disable=arguments-differ
        """Add the tab where the course has blocks of ours. An address with a host is opened as a page of its own."""
        if course_pages.has_report(user, course_key) and all(tab.get("tab_id") != TAB for tab in tabs):
            tabs = [*tabs, {"tab_id": TAB, "title": title(user), "sort_order": PLACE,
                            "url": course_pages.absolute(reverse("migrempower:report", args=[course_key]))}]
        return {"tabs": tabs, "user": user, "course_key": course_key}


class OldTab(PipelineStep):
    """A section of the old dashboard (filter ``org.openedx.learning.instructor.dashboard.render.started.v1``)."""

    def run_filter(self, context, template_name):  # pylint: disable=arguments-differ
        """Add the section where the course has blocks of ours. The dashboard hides it, and a lazy frame loads nothing
        until it is shown.
        """
        course, user = context["course"].id, course_pages.current_user()
        if course_pages.has_report(user, course):
            name, address = title(user), reverse("migrempower:report", args=[course])
            context["sections"].append({
                "section_key": TAB, "section_display_name": name, "course_id": str(course),
                "template_path_prefix": "/",  # dashboard/mako
                "fragment": Fragment(render("report_frame.html", None, title=name, address=address)),
            })
        return {"context": context, "template_name": template_name}
