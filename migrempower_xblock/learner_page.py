"""What the pages of all learners' blocks hold: who, in which languages, what they own."""

import hashlib
import json
from datetime import UTC, date
from functools import lru_cache

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone

from .locales import language_name
from .merging import stamp_of
from .templating import in_language, json_block, render
from .texts import direction


def visitor(words, question, promise):
    """Return the HTML for someone who has not logged in: a question and what the block promises, translated."""
    return render("visitor.html", words, question=question, promise=promise)


def broken(block, problems, history):
    """Return the HTML for a block whose document has mistakes; staff see which, and learners reach their data."""
    words = block.words
    return render("broken.html", words, problems=problems, **own_data(block, history),
                  arguments=json_block({"uid": uid(block), "stage": "broken", "words": few_words(words)}))


def uid(block):
    """Return a name for this learner at this block, for ids in the page and entries on the device."""
    place = "\0".join((block.place.learner or "", block.place.course, block.place.block))
    return "mige-" + hashlib.sha256(place.encode()).hexdigest()[:12]


def arguments(block, stage, **more):
    """Return what every page's script needs."""
    return {"uid": uid(block), "stage": stage, "now": stamp_of(block.now()), "words": few_words(block.words), **more}


def shared_context(block, document, own, beside, history):
    """Return what every page's templates need."""
    languages = [{"tag": tag, "name": language_name(tag), "direction": direction(tag)} for tag in document.offered]
    return {
        **in_languages(own, beside), "languages": languages,
        "shared": is_shared(block, history), "may_share": block.sharing == "ask",
        "title": document.title.shown(own), "about": document.about.shown(own),
        **own_data(block, history),
    }


def is_shared(block, history):
    """Whether trainers may see the learner's answers at this block."""
    return block.sharing == "ask" and block.place.block in history.shared_blocks


def in_languages(own, beside):
    """Return what templates need to write in the learner's own language and the one beside it."""
    return {
        "own": own, "in_own": in_language(own),
        "beside": beside, "name_beside": language_name(beside) if beside else "",
        "in_beside": in_language(beside) if beside else "",
    }


def own_data(block, history):
    """Return what the part "My data" needs."""
    return {"uid": uid(block), "has_data": block.has_begun or bool(history.of_block(block.place.block)),
            "downloads": {kind: block.runtime.handler_url(block, "download", kind) for kind in ("json", "csv")}}


def few_words(words):
    """Return the words the script shows on every page."""
    _ = words.gettext
    return {
        "failed": _("This did not work. Check your connection and try again."),
        "loading": _("One moment …"),
        "signIn": _(
            "Please open the page again, and log in if you are asked to. Your answers are kept on this device."),
        "tooLate": _("Some answers on this device came too late and were not used."),
    }


def saving_words(words):
    """Return the words the script shows while answers are kept."""
    _ = words.gettext
    return {
        **few_words(words),
        "listen": _("Listen: {text}"),
        "saved": _("Saved"),
        "saving": _("Saving …"),
        "refused": _("Not saved"),
        "waiting": _("Waiting for connection. Your answers are kept on this device."),
        "waitingOpen": _("Waiting for connection. Please keep this page open."),
        "reload": _("Open the page again"),
        "changedElsewhere": _("You changed this answer somewhere else later. The later answer is shown."),
        "resume": _("Welcome back. You go on where you stopped."),
        "handingIn": _("Handing in …"),
        "offline": _("There is no connection. Your answers are safe. Try again when you are connected."),
    }


def beside_of(block, document, own):
    """Return the language shown beside the own one, the learner's choice before the author's, or ""."""
    if len(document.offered) == 1:
        return ""
    wished = block.migrempower_languages.get("beside", block.second_language)
    return wished if wished in document.offered and wished != own else ""


def day(when, words):
    """Return a date as the interface's language writes it."""
    with translation.override(words.language):
        return date_format(when.astimezone(get_current_timezone()), "DATE_FORMAT")


def date_words(written_day, words):
    """Return a document's date ("2026-11-23") as the interface's language writes it; "" for none."""
    return _date_words(written_day, words.language) if written_day else ""


@lru_cache(maxsize=512)
def _date_words(written_day, language):
    with translation.override(language):
        return date_format(date.fromisoformat(written_day), "DATE_FORMAT")


def written(moment):
    """Return a moment as files write it (ISO 8601, UTC)."""
    return moment.astimezone(UTC).isoformat()


def json_file(data):
    """Return (body, media type) of a JSON file."""
    return json.dumps(data, ensure_ascii=False, indent=2).encode(), "application/json"
