"""The interface's catalogues: ``extract`` brings the .po files up to date, ``compile`` writes the .mo files, ``atlas``
writes the .po files as a site's repository of translations has them (OEP-58).

Messages are marked ``_``, ``N_``, ``gettext`` or ``ngettext`` in Python and ``t`` or ``tn`` in templates.
"""

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "migrempower_xblock" / "translations"
LOCALES = ("en", "es", "it", "el", "de", "fr", "ar", "uk", "fa", "tr")
SOURCE_LOCALE = "en"
# As GNU gettext gives them; Babel's change with its version of CLDR, and the catalogues must not.
_ONE_OR_MORE, _UP_TO_ONE = "nplurals=2; plural=(n != 1);", "nplurals=2; plural=(n > 1);"
PLURAL_FORMS = {
    "en": _ONE_OR_MORE, "es": _ONE_OR_MORE, "it": _ONE_OR_MORE, "el": _ONE_OR_MORE, "de": _ONE_OR_MORE,
    "fr": _UP_TO_ONE, "fa": _UP_TO_ONE, "tr": _UP_TO_ONE,
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "uk": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}
_CALL = re.compile(r'\b(t|tn)\("([^"]*)"(?:, "([^"]*)")?')


def messages():
    """Yield (file, line, message or (one, many)) for every marked message, in a steady order."""
    found = extract_from_dir(ROOT / "migrempower_xblock", method_map=[("**.py", "python")],
                             keywords={"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)})
    for file, line, message, _comments, _context in found:
        if message:
            yield f"migrempower_xblock/{file}", line, message
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            for tag, one, many in _CALL.findall(text):
                yield f"templates/{path.name}", number, (one, many) if tag == "tn" else one


def template():
    """Return the catalogue of all messages, untranslated."""
    catalogue = Catalog(project="migrempower-xblock", fuzzy=False)
    for file, _line, message in sorted(messages(), key=lambda found: (found[0], found[1])):
        catalogue.add(message, locations=[(file, 0)])
    return catalogue


def path_of(locale):
    """Return where a locale's .po file stands."""
    return TRANSLATIONS / locale / "LC_MESSAGES" / "text.po"


def read(locale):
    """Return a locale's catalogue as it stands; an empty one if there is none."""
    path = path_of(locale)
    return read_po(io.BytesIO(path.read_bytes()), locale=locale) if path.exists() else empty(locale)


def empty(locale):
    """Return a catalogue of a locale with its plural forms and no message."""
    return read_po(io.BytesIO(_header(locale).encode()), locale=locale)


def extract():
    """Bring the .po files up to date; what is new has no translation yet, what is gone is dropped."""
    source = template()
    for locale in LOCALES:
        old, new = read(locale), empty(locale)
        for message in source:
            if message.id:
                kept = old.get(message.id)
                itself = message.id if locale == SOURCE_LOCALE else None
                new.add(message.id, itself or (kept.string if kept else None), locations=message.locations)
        out = io.BytesIO()
        write_po(out, new, width=110, omit_header=True, include_lineno=False, sort_output=True)
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        path_of(locale).write_bytes(_header(locale).encode() + out.getvalue())


def _header(locale):
    """Return the few header lines gettext needs; no dates, so that the file changes only with its messages."""
    return (f'# The interface of migrempower-xblock in {Locale.parse(locale).english_name}. AGPL-3.0-or-later.\n'
            'msgid ""\nmsgstr ""\n'
            '"Project-Id-Version: migrempower-xblock\\n"\n'
            f'"Language: {locale}\\n"\n'
            '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
            '"Content-Transfer-Encoding: 8bit\\n"\n'
            f'"Plural-Forms: {PLURAL_FORMS[locale]}\\n"\n\n')


class _Messages(list):
    """Messages as Babel compiles them, a header first."""

    charset = "utf-8"


def compiled(locale):
    """Return the bytes of a locale's .mo file."""
    catalogue = read(locale)
    # Babel writes dates and its version into the file, which shall stay the same until a message changes.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    header, *messages = catalogue
    header.string = header.string.split("Generated-By: ")[0]
    out = io.BytesIO()
    write_mo(out, _Messages([header, *messages]))
    return out.getvalue()


def compile_all():
    """Write the .mo files."""
    for locale in LOCALES:
        path_of(locale).with_suffix(".mo").write_bytes(compiled(locale))


def write_for_atlas(root=ROOT / "build"):
    """Write the .po files below ``root`` where the platform's ``pull_xblock_translations`` looks for them in the
    repository it is told: ``translations/<any name>/<package>/conf/locale/<locale>/LC_MESSAGES/django.po``.
    """
    for locale in LOCALES:
        path = (root / "translations" / "migrempower-xblock" / "migrempower_xblock" / "conf" / "locale" / locale
                / "LC_MESSAGES" / "django.po")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path_of(locale).read_bytes())


if __name__ == "__main__":
    {"extract": extract, "compile": compile_all, "atlas": write_for_atlas}[sys.argv[1]]()
