"""A block with no document of its own: its author gives it a title, in a form of one field."""

from xblock.core import XBlock

from . import platform
from .block import NOT_UNDERSTOOD, LearnerBlock, Refusal, json_object, json_response, refusing
from .studio import NOT_AN_AUTHOR
from .templating import json_block, render
from .texts import without_unstorable

LONGEST_TITLE = 255


@XBlock.wants("studio_user_permissions")
class TitledBlock(LearnerBlock):
    """The base of the blocks that only gather what others hold. A subclass declares ``display_name``."""

    has_author_view = True
    file_name = initializer = ""  # of the block's style and script, and the script's global function

    def fragment(self, html):
        """Return a Fragment with the block's style and script."""
        return self.learner_fragment(html, self.file_name, self.initializer)

    def message(self, text):
        """Return a Fragment that only says something."""
        return self.fragment(render("message.html", self.account_words, text=self.account_words.gettext(text)))

    def studio_view(self, _context=None):
        """Show the form to authors."""
        if not platform.may_author(self):
            return self.message(NOT_AN_AUTHOR)
        words = self.account_words
        _ = words.gettext
        html = render(
            "title.html", words, title=self.display_name, usual=self.fields["display_name"].default,
            longest=LONGEST_TITLE, arguments=json_block({
                "saving": _("Saving …"), "saved": _("Saved."), "notSaved": _("Not saved"),
                "failed": _("This did not work. Please try again."),
                "signIn": _("Please open the page again, and log in if you are asked to.")}))
        return self.fragment_with(html, ("studio",), ("learner", "title"), "MigrEmpowerTitle")

    @XBlock.handler
    @refusing
    def submit_studio_edits(self, request, _suffix=""):
        """Keep the title, by the name the platform gives a form's handler; the LMS lets learners call it too."""
        self.asks_as_staff = True
        if not platform.may_author(self):
            raise Refusal(403, NOT_AN_AUTHOR)
        data = json_object(request)
        values, defaults = data.get("values"), data.get("defaults")
        if not isinstance(values, dict) or not isinstance(defaults, list) or values.keys() - {"display_name"}:
            raise Refusal(400, NOT_UNDERSTOOD)
        title = values.get("display_name", "")
        if not isinstance(title, str) or len(title) > LONGEST_TITLE:
            raise Refusal(400, NOT_UNDERSTOOD)
        if "display_name" in defaults:
            del self.display_name
        elif title.strip():
            self.display_name = without_unstorable(title)
        return json_response(200, {"result": "success"})

    def student_view_data(self, _context=None):
        """Tell a native client that the page is to be shown as it is."""
        return {"ready": False}

    def add_xml_to_node(self, node):
        """Write the block as OLX, its title always: with nothing but a url_name it would be read as a pointer."""
        super().add_xml_to_node(node)
        node.set("display_name", self.display_name)
