"""The report as a whole document, wherever its block comes from."""

from ..block import Refusal
from ..templating import json_block, render

REQUESTS = ("report", "profile", "save_view", "start_report", "report_progress", "cancel_report")


def document(block, course, back):
    """Return the HTML document of a cohort report block; ``course`` is the course's name and ``back`` the address
    of the page before it.

    Raises ``Refusal`` where no trainer of the course is asking.
    """
    block.require_trainer()
    words = block.account_words
    return render(
        "report_page.html", words, course=course, title=block.display_name, back=back, body=block.report_html(),
        requests=json_block({name: block.runtime.handler_url(block, name) for name in REQUESTS}),
        styles=[block.asset(f"css/{name}.css") for name in ("learner", "report")],
        scripts=[block.asset(f"js/{name}.js") for name in ("learner", "report", "report_page")])


def refused(block, refusal: Refusal, course, back):
    """Return the HTML document that says why the report is not shown."""
    words = block.account_words
    return render("report_page.html", words, course=course, title=block.display_name, back=back,
                  body=render("message.html", words, text=words.gettext(str(refusal))), requests="",
                  styles=[block.asset("css/learner.css")], scripts=[])
