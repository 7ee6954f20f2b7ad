"""Hypothesis strategies for frameworks, modules and answers."""

import html
import itertools

from hypothesis import strategies as st

from migrempower_xblock.competences.answers import LONGEST_EVIDENCE, SKIP_REASONS, Answer
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.richtext import sanitised
from migrempower_xblock.texts import clean
from migrempower_xblock.training.module import Module

identifiers = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
characters = st.characters(exclude_categories=("Cc", "Cn", "Cs"))
sentences = st.text(characters, min_size=1, max_size=40).map(lambda text: clean(text) or "·")
addresses = st.sampled_from(["/static/tea.mp3", "https://example.org/a.mp3?x=1&y=2"])
pictures = st.sampled_from(["", "house", "/static/house.png", "https://example.org/a.svg"])


@st.composite
def framework_data(draw):
    languages = draw(st.lists(st.sampled_from(["en", "es", "ar", "de-AT", "fa"]), min_size=1, max_size=3, unique=True))
    number = itertools.count()

    def text():
        return {language: draw(sentences) for language in languages}

    def maybe(**parts):
        return {name: make() for name, make in parts.items() if draw(st.booleans())}

    def identifier():
        return f"{draw(identifiers)}-{next(number)}"

    def picture():
        name = draw(pictures)
        return {"picture": name} if name else {}

    def audio():
        return {language: draw(addresses) for language in draw(st.sets(st.sampled_from(languages), min_size=1))}

    def statement():
        return {"id": identifier(), **picture(), "text": text(), **maybe(example=text, alt=text, audio=audio)}

    def many(make, most):
        return [make() for _ in range(draw(st.integers(1, most)))]

    def competence():
        return {"id": identifier(),
                **maybe(same_as=lambda: "http://data.europa.eu/esco/skill/1"), "title": text(), **maybe(advice=text),
                "statements": many(statement, 2)}

    values = draw(st.lists(st.integers(0, 1000), min_size=2, max_size=6, unique=True).map(sorted))
    return {
        "id": draw(identifiers), "version": draw(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,2})?", fullmatch=True)),
        "languages": languages, "title": text(), **maybe(about=text),
        "scale": {"id": draw(identifiers), "levels": [
            {"value": value, **picture(), "label": text(), **maybe(audio=audio)} for value in values]},
        **maybe(practice=statement),
        "areas": many(lambda: {"id": identifier(), **picture(), "title": text(),
                               "competences": many(competence, 3)}, 3),
    }


frameworks = framework_data().map(Framework.from_data)


@st.composite
def answers_to(draw, framework):
    """Draw {statement id: Answer} for some of a framework's statements; stamps collide often."""
    levels = st.sampled_from([None, *sorted(framework.scale.values)])
    drawn = draw(st.dictionaries(st.sampled_from(sorted(framework.statements)), st.tuples(
        st.integers(0, 4), levels, st.sampled_from(["", *SKIP_REASONS]), st.text(max_size=10)), max_size=6))
    return {statement: Answer(stamp, level, "" if level is not None else skip, evidence[:LONGEST_EVIDENCE])
            for statement, (stamp, level, skip, evidence) in drawn.items()}


# -- modules -----------------------------------------------------------------------------------------------------------

words = st.from_regex(r"[a-zé]{1,8}", fullmatch=True)
rich_texts = st.lists(sentences.map(lambda text: f"<p>{html.escape(text)} <strong>b</strong></p>"), min_size=1,
                      max_size=2).map("".join).map(sanitised)


@st.composite
def module_data(draw, only=None):
    """Draw a module's plain data with one step of each kind, or one of the kinds in ``only``."""
    languages = draw(st.lists(st.sampled_from(["en", "ar", "de-AT"]), min_size=1, max_size=2, unique=True))
    number = itertools.count()

    def unique(text):
        return f"{text} {next(number)}"

    def text():
        return {language: clean(unique(draw(sentences))) for language in languages}

    def rich():
        return {language: draw(rich_texts) for language in languages}

    def identifier():
        return f"{draw(identifiers)}-{next(number)}"

    def many(make, least, most):
        return [make() for _ in range(draw(st.integers(least, most)))]

    def options(several, **more):
        found = [{"id": identifier(), "text": text(), **more, **({"feedback": text()} if draw(st.booleans()) else {})}
                 for _ in range(draw(st.integers(2, 5)))]
        right = draw(st.sets(st.integers(0, len(found) - 1), min_size=1)) if several else {draw(
            st.integers(0, len(found) - 1))}
        for place in right:
            found[place]["right"] = True
        return found

    def gap():
        right, wrong = draw(st.tuples(words, words).filter(lambda pair: pair[0] != pair[1]))
        return {"id": f"g{next(number)}", "accept": dict.fromkeys(languages, right),
                **({"decoy": dict.fromkeys(languages, wrong)} if draw(st.booleans()) else {})}

    def gaps():
        found = many(gap, 1, 3)
        return {"text": {language: " x ".join(f"{{{each['id']}}}" for each in found) for language in languages},
                "gaps": found, **({"ignore_case": True} if draw(st.booleans()) else {})}

    def dialogue():
        count = draw(st.integers(2, 5))
        scenes = [{"id": f"s{place}", "line": text()} for place in range(count)]
        for place, scene in enumerate(scenes[:-1]):  # each leads to the next, and perhaps further on
            to = [place + 1, *draw(st.lists(st.integers(place + 1, count - 1), max_size=2))]
            scene["replies"] = [{"id": f"r{branch}", "to": f"s{other}", "text": text(),
                                 "points": draw(st.integers(0 if branch else 1, 3))}
                                for branch, other in enumerate(to)]
            for reply in scene["replies"]:
                if not reply["points"]:
                    del reply["points"]
        return {"scenes": scenes}

    def item():
        return {"id": identifier(), "text": text()}

    bodies = {
        "read": lambda: {"title": text(), "text": rich()},
        "watch": lambda: {"title": text(), "transcript": rich(),
                          "file": {languages[0]: draw(addresses)}},
        "country-note": lambda: {"title": text(), "notes": [{"country": "ES", "text": rich()}],
                                 "fallback": {"text": rich()}},
        "choice": lambda: (lambda several: {"options": options(several), **({"several": True} if several else {})})(
            draw(st.booleans())),
        "true-false": lambda: {"answer": draw(st.booleans())},
        "picture-choice": lambda: {"options": options(False, picture="house")},
        "matching": lambda: {"pairs": many(lambda: {"id": identifier(), "left": text(), "right": text()}, 2, 5)},
        "ordering": lambda: {"items": many(item, 3, 5)},
        "gaps": gaps,
        "dialogue": dialogue,
        "reflection": dict,
        "checklist": lambda: {"items": many(item, 1, 4), "points": draw(st.integers(1, 3))},
    }
    trained = identifier()

    def step(kind):
        activity = kind not in ("read", "watch", "country-note")
        more = {"question": text(), **({"competence": trained} if draw(st.booleans()) else {})} if activity else {}
        points = {"points": draw(st.integers(2, 5))} if activity and kind != "checklist" else {}
        return {"kind": kind, "id": identifier(), **more, **points, **bodies[kind]()}

    return {
        "id": draw(identifiers), "version": "1", "languages": languages, "minutes": draw(st.integers(1, 60)),
        "title": text(), "competences": [{"id": trained, "title": text()}],
        "steps": [step(kind) for kind in (only or bodies)],
    }


modules = module_data().map(Module.from_data)
