"""A block with no document of its own: its author gives it a title in Studio's plain form of settings."""

from xblock.core import XBlock
from xblock.utils.studio_editable import StudioEditableXBlockMixin

from . import platform
from .block import NOT_UNDERSTOOD, LearnerBlock, Refusal, json_object, json_response, refusing
from .studio import NOT_AN_AUTHOR
from .templating import render
from .texts import without_unstorable

LONGEST_TITLE = 255


@XBlock.wants("studio_user_permissions")
class TitledBlock(StudioEditableXBlockMixin, LearnerBlock):
    """The base of the blocks that only gather what others hold. A subclass declares ``display_name``."""

    has_author_view = True
    editable_fields = ("display_name",)
    file_name = initializer = ""  # of the block's style and script, and the script's global function

    def fragment(self, html):
        """Return a Fragment with the block's style and script."""
        return self.learner_fragment(html, self.file_name, self.initializer)

    def message(self, text):
        """Return a Fragment that only says something."""
        return self.fragment(render("message.html", self.account_words, text=self.account_words.gettext(text)))

    def studio_view(self, context=None):
        """Show the form of the settings to authors."""
        return super().studio_view(context) if platform.may_author(self) else self.message(NOT_AN_AUTHOR)

    @XBlock.handler
    @refusing
    def submit_studio_edits(self, request, _suffix=""):
        """Keep the settings as the form sends them; the LMS lets learners call this too, and with any body."""
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
