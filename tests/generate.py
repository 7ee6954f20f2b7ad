"""Hypothesis strategies for frameworks and answers."""

import itertools

from hypothesis import strategies as st

from migrempower_xblock.competences.answers import LONGEST_EVIDENCE, SKIP_REASONS, Answer
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.texts import clean

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
        return f"{draw(identifiers)}{next(number)}"

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
