"""What leaves a training module as a file or a row of a report: replies in words, and marks where they may be told."""

from . import platform
from .learner_page import is_shared, json_file, written
from .tables import to_csv
from .words import reply_words


def download(block, kind, module, sheet, history):
    """Return (body, media type) of all that is kept about the learner at this block, as ``json`` or ``csv``.

    Replies stand in words, as the learner saw them: the author's ids could tell what is right. Marks stand there where
    they may be told.
    """
    runs = history.of_block(block.place.block)
    correctness = platform.shows_correctness(block)
    language = module and block.own_language(module.offered)

    def worded(activity, reply):
        known = module.activities.get(activity) if module else None
        return reply_words(block.words, known, reply, language) if known else str(reply)

    def share(activity, reply):
        known = module.activities.get(activity) if module and correctness else None
        return round(known.mark(reply), 4) if known else ""

    open_replies = {step: entry.reply for step, entry in sheet.entries.items() if entry.reply is not True}
    if kind == "json":
        def marks(run):
            return {"earned": run.earned, "possible": run.possible, "ratings": run.ratings} if correctness else {}

        return json_file({
            "module": {"id": module.id, "version": module.version} if module else None,
            "shared_with_trainers": is_shared(block, history),
            "languages": block.migrempower_languages,
            "country": block.migrempower_country,
            "in_progress": {"run": sheet.number,
                            "answers": {step: worded(step, reply) for step, reply in open_replies.items()}},
            "runs": [{
                "number": each.number, "handed_in": written(each.handed_in), "module": each.module,
                "version": each.version, "done": list(each.done), **marks(each),
                "answers": {activity: [worded(activity, reply) for reply in replies]
                            for activity, replies in each.replies.items()}} for each in runs],
        })
    header = ("run", "handed_in", "module", "version", "activity_id", "question", "reply", "share")
    rows = [(each.number, written(each.handed_in), each.module, each.version, activity,
             _question(module, activity, language), worded(activity, reply), share(activity, reply))
            for each in runs for activity, replies in each.replies.items() for reply in replies]
    rows += [(sheet.number, "", module.id if module else "", module.version if module else "", activity,
              _question(module, activity, language), worded(activity, reply), "")
             for activity, reply in open_replies.items()]
    return to_csv(header, rows), "text/csv"


def _question(module, activity, language):
    return module.wording(activity).words(language) if module else ""


def report_row(module, rules, sheet, runs, shared):
    """Return the (column, value) pairs of one learner in the platform's report.

    Columns: how many runs, when the latest, its points, whether shared; then the share of each activity, 0 to 1. What
    was written stands in no column.
    """
    latest = runs[-1] if runs else None
    row = [
        ("Runs handed in", len(runs)),
        ("Latest run", written(latest.handed_in) if latest else ""),
        ("Points", latest.earned if latest else ""),
        ("Points possible", latest.possible if latest else module.points if module else ""),
        ("Steps done now", len(sheet.done(module, rules)) if module else ""),
        ("Steps", len(module.steps) if module else ""),
        ("Shared with trainers", "yes" if shared else "no"),
    ]
    return row + [(f"Share: {activity}", latest.shares.get(activity, "") if latest else "")
                  for activity in (module.activities if module else ())]
