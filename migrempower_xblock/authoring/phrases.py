"""The words of Studio's form that belong to no field of a document."""

from collections.abc import Callable


def phrases(_: Callable[[str], str]) -> dict[str, str]:
    """Return ``{name: words}`` for the form's script, translated by ``_``."""
    return {
        # the parts of the form
        "parts": _("Parts of the form"), "tab-content": _("Content"), "tab-settings": _("Settings"),
        "tab-review": _("Review"), "tab-preview": _("Preview"), "tab-files": _("Start and files"),
        "undo": _("Undo"), "redo": _("Redo"), "fullScreen": _("Full screen"), "save": _("Save"),
        "saveClose": _("Save and close"), "close": _("Close"), "cancel": _("Cancel"), "more": _("More"),
        "outline": _("Outline"), "about": _("About the whole"), "open": _("Open"), "goOn": _("Go on writing"),
        "keys": _("With the keyboard"),
        "keysHelp": _("In the outline: arrows go up and down, Alt and an arrow moves an item, Delete removes it."),
        # items
        "add": _("Add"), "addOne": _("Add: {name}"), "addStep": _("Add a step"), "newOne": _("({name}, no words yet)"),
        "up": _("Move up"), "down": _("Move down"), "duplicate": _("Duplicate"),
        "remove": _("Delete"),
        "removeLabel": _("Delete: {name}"), "removed": _("Deleted: {name}."),
        "moved": _("{name}: now number {n}."),
        "duplicated": _("Duplicated. The copy has an id of its own."),
        "undone": _("Undone."), "redone": _("Done again."),
        "choose": _("Choose"), "chooseOne": _("Choose …"), "shipped": _("Pictures that ship"), "today": _("Today"),
        "film": _("Film"), "recording": _("Recording"), "newScene": _("A new scene"),
        "fromFramework": _("Choose one of a framework"), "insertGap": _("Gap {n} goes here"),
        "takeScale": _("Take a scale that ships"), "none": _("None"),
        # rich text
        "textTools": _("Text"), "bold": _("Bold"), "italic": _("Italic"), "heading": _("Heading"),
        "bullets": _("List"), "numbers": _("Numbered list"), "link": _("Link"), "image": _("Picture"),
        "address": _("Address"), "alt": _("Picture in words"), "insert": _("Insert"),
        # languages
        "writeIn": _("Write in"), "beside": _("Beside it"), "language": _("Language"),
        "addLanguage": _("Add a language"), "makeFirst": _("Make it the first"),
        "makeFirstLabel": _("Make it the first: {language}"),
        "mainLanguage": _("first: shows where others are missing"),
        "translated": _("{n} percent of the texts"),
        # check
        "wrongTitle": _("To mend"), "nothingWrong": _("Nothing. It can be saved."),
        "wrongCount": _("to mend: {n}"), "toMend": _("To mend: {n}. Show the first."),
        "missingTitle": _("Missing"), "nothingMissing": _("Nothing is missing."),
        "missing-text": _("texts"), "missing-alt": _("pictures in words"), "missing-audio": _("recordings"),
        "missing-picture": _("pictures"),
        "hintsTitle": _("Hints"), "hintsHelp": _("Only hints: rough rules found them, and you know better."),
        "noHints": _("No hints."), "andMore": _("and {n} more"),
        "loadTitle": _("Reading time"), "load": _("{language}: about {n} min for a slow reader"),
        # preview
        "preview": _("Preview"), "previewIn": _("Language"), "previewBeside": _("Beside it"), "width": _("Width"),
        "phone": _("Phone"), "wide": _("Wide"), "beginAgain": _("Begin again"), "loading": _("One moment …"),
        "previewHelp": _("Try it as a learner does. Nothing is kept: no answer, no points."),
        # start and files
        "startFrom": _("Start from"), "useThis": _("Start from this"), "nothing": _("Nothing"),
        "startHelp": _("What you choose takes the place of what is here. You can undo it, and nothing changes for "
                       "learners before you save."),
        "nothingHelp": _("An empty one to fill yourself."), "inCourse": _("In this course: {name}"),
        "started": _("Taken. Change what you like, then save."),
        "startedEmpty": _("Write a title, then add what belongs to it."),
        "translators": _("For translators"),
        "translatorsHelp": _("A table with a row for each text and a column for each language. Write into the empty "
                             "cells, or add a column headed by a language tag such as fr, and upload it below."),
        "downloadXlsx": _("Download as a spreadsheet (XLSX)"), "downloadCsv": _("Download as a table (CSV)"),
        "wholeFiles": _("The whole document"),
        "wholeFilesHelp": _("To keep a copy, or to take it to another course."),
        "downloadJson": _("Download as JSON"), "downloadOlx": _("Download as OLX (XML)"),
        "upload": _("Upload a file"),
        "uploadHelp": _("A translators' table (CSV, XLSX), or a whole document (JSON, XML). You see what changes "
                        "before anything is taken over."),
        "tooLarge": _("The file is too large. The most is 4 MB."), "takeOver": _("Take this over"),
        "taken": _("Taken over. Look at it, then save."), "noChange": _("The file holds nothing new."),
        "changesFound": _("Texts that change: {n}"), "changesTable": _("Texts that change"),
        "newLanguages": _("New languages: {names}."), "place": _("Place"), "before": _("Before"), "after": _("After"),
        "notTaken": _("Nothing is taken over. To mend in the file: {n}"), "row": _("Row {row}:"),
        "rowColumn": _("Row {row}, column {column}:"), "fileHolds": _("{title}: {size}."),
        # saving
        "saved": _("Saved."), "notSaved": _("Not saved"),
        "saving": _("Saving …"), "failed": _("This did not work. Please try again."),
        "offline": _("There is no connection. What you wrote is kept on this device. Try again later."),
        "loggedOut": _("You are logged out. Log in in another tab, then save again; what you wrote is still here."),
        "keptNot": _("There is no room on this device for what is not saved. Do not close this before you save."),
        "crashed": _("Something here cannot be shown. Undo, or download the whole document as JSON to keep it."),
        "zero": _("0 is: {text}."),
        "changesTitle": _("Learners who have answered this: {n}. What your changes mean for them"),
        "saveAs": _("Save as version {version}"), "onlyCorrections": _("Only corrections: stay at version {version}"),
        "versionHelp": _("A new version tells apart answers to the old words and answers to the new ones."),
        "answered": _("Learners who have answered this: {n}. Before you save you see what a change means for them."),
        "conflictTitle": _("Somebody else has saved in the meantime"),
        "conflictHelp": _("Nothing of yours is lost. If you open theirs, Undo brings yours back."),
        "theirs": _("Theirs"), "mine": _("Yours"), "openTheirs": _("Open theirs"),
        "saveMine": _("Save yours over theirs"), "theirsShown": _("This is theirs. Undo brings yours back."),
        "leaveTitle": _("You have changes that are not saved"), "leaveHelp": _("Save them before you close?"),
        "throwAway": _("Throw them away"), "goOnWith": _("Go on with them"),
        "keptFound": _("This device has changes of yours that were not saved, from {when}."),
        "keptShown": _("These are your changes. They are not saved yet."),
        "unreadable": _("What stands here cannot be read. Start from something, or upload a file."),
        "shippedHelp": _("This one ships with the program. Change what you like: what you save is your own copy."),
    }
