"""The module as a document: what is refused, how that is told, and that OLX gives the same module back."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrempower_xblock.authoring.hints import hints, missing
from migrempower_xblock.olx import MODULE_OLX, InvalidOlx, module_names, preset_module
from migrempower_xblock.problems import InvalidDocument
from migrempower_xblock.richtext import sanitised
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.module import KIND_OF, KINDS, MOST_REFLECTIONS, MOST_STEPS, RESERVED, Module

from .generate import module_data, modules


def step(kind, **parts):
    question = {} if kind in ("read", "watch", "country-note") else {"question": {"en": "Q?"}}
    return {"kind": kind, "id": "s", **question, **parts}


def module(*steps):
    return {"id": "m", "version": "1", "languages": ["en"], "minutes": 5, "title": {"en": "M"},
            "competences": [{"id": "c", "title": {"en": "C"}}],
            "steps": [*steps, step("true-false", id="points", answer=True)]}


def problems_of(data):
    with pytest.raises(InvalidDocument) as caught:
        Module.from_data(data)
    return {problem.path: problem.message for problem in caught.value.problems}


def option(name, right=False, text=None):
    return {"id": name, "text": {"en": text or name}, **({"right": True} if right else {})}


def scene(name, *replies, line=None):
    return {"id": name, "line": {"en": line or name}, "replies": [
        {"id": f"r{number}", "to": to, "text": {"en": to}, "points": points}
        for number, (to, points) in enumerate(replies)]}


@settings(max_examples=30)
@given(module_data())
def test_plain_data_comes_back_as_it_went_in(data):
    assert Module.from_data(copy.deepcopy(data)).to_data() == Module.from_data(data).to_data() == data


@settings(max_examples=30)
@given(modules)
def test_a_module_survives_the_way_through_olx(drawn):
    assert MODULE_OLX.from_text(MODULE_OLX.to_text(drawn)) == drawn


@pytest.mark.parametrize(("wrong", "path", "hint"), [
    (step("choice", options=[option("a"), option("b")]), ("options",), "No option is right"),
    (step("choice", options=[option("a", True), option("b", True)]), ("options",), "choice of several"),
    (step("choice", options=[option("a", True)]), ("options",), "at least two"),
    (step("choice", options=[option("a", True), option("b", text="a")]), ("options", 1), "say the same"),
    (step("choice", options=[option("a", True), option("a", text="b")]), ("options", 1, "id"), "Another option"),
    (step("choice", points=-1, options=[option("a", True), option("b")]), ("points",), "from 0 to 100"),
    (step("choice", points=1.5, options=[option("a", True), option("b")]), ("points",), "whole number"),
    (step("choice", competence="other", options=[option("a", True), option("b")]), ("competence",), "not one of"),
    (step("true-false"), ("answer",), "true or false"),
    (step("picture-choice", options=[option("a", True), option("b")]), ("options", 0, "picture"), "picture"),
    (step("matching", pairs=[{"id": "1", "left": {"en": "a"}, "right": {"en": "b"}},
                             {"id": "2", "left": {"en": "a"}, "right": {"en": "c"}}]), ("pairs", 1), "left side"),
    (step("matching", pairs=[{"id": "1", "left": {"en": "a"}, "right": {"en": "b"}},
                             {"id": "2", "left": {"en": "c"}, "right": {"en": "b"}}]), ("pairs", 1), "right side"),
    (step("matching", pairs=[]), ("pairs",), "at least 2: pair"),
    (step("ordering", items=[{"id": name, "text": {"en": word}} for name, word in zip("123", "aab", strict=True)]),
     ("items", 1), "same"),
    (step("ordering", items=[{"id": "1", "text": {"en": "a"}}, {"id": "2", "text": {"en": "b"}}]), ("items",),
     "at least 3"),
    (step("checklist", items=[{"id": "1", "text": {"en": "a"}}, {"id": "2", "text": {"en": "a"}}]), ("items", 1),
     "same"),
    (step("gaps", text={"en": "A {x}"}, gaps=[{"id": "x", "accept": {"en": "a"}, "decoy": {"en": "b | b"}}]),
     ("gaps", 0, "decoy", "en"), "twice"),
    (step("gaps", text={"en": "A {x}"}, gaps=[{"id": "x", "accept": {"en": "a" * 101}}]),
     ("gaps", 0, "accept", "en"), "Shorten"),
    (step("read", title={"en": "T"}, text={"en": "<em>" * 30 + "deep" + "</em>" * 30}), ("text", "en"), "too deep"),
    (step("read", title={"en": "T"}, text={"en": "<a href='https://example.org'>a</a>" * 400}), ("text", "en"),
     "with its tags"),
    (step("read", title={"en": "T"}, text={"en": "&nbsp;"}), ("text", "en"), "Nothing of this text"),
    ({"kind": [], "id": "s"}, (), "kind is one of"),
    (step("gaps", text={"en": "A {x} {y}"}, gaps=[{"id": "x", "accept": {"en": "a"}}]), ("text", "en"),
     "without a key"),
    (step("gaps", text={"en": "A"}, gaps=[{"id": "x", "accept": {"en": "a"}}]), ("text", "en"), "0 times"),
    (step("gaps", text={"en": "A {x}"}, gaps=[{"id": "x", "accept": {"en": " | "}}]), ("gaps", 0, "accept", "en"),
     "no right word"),
    (step("gaps", text={"en": "A {x}"}, gaps=[{"id": "x", "accept": {"en": "a"}, "decoy": {"en": "b | a"}}]),
     ("gaps", 0, "decoy", "en"), "also a right one"),
    (step("dialogue", scenes=[scene("one", ("two", 1)), scene("two"), scene("lost")]), ("scenes", 2), "Nobody reaches"),
    (step("dialogue", scenes=[scene("one", ("two", 1)), scene("two", ("one", 0))]), ("scenes",), "circle"),
    (step("dialogue", scenes=[scene("one", ("nowhere", 1))]), ("scenes", 0, "replies", 0, "to"), "no scene 'nowhere'"),
    (step("dialogue", scenes=[scene("one")]), ("scenes", 0), "no replies"),
    (step("dialogue", scenes=[scene("one", ("two", 0)), scene("two")]), ("scenes",), "No reply gives points"),
    (step("read", title={"en": "T"}, text={"en": "<script>x</script>"}), ("text", "en"), "Nothing of this text"),
    (step("read", title={"en": "T"}, text={"en": "<p>t</p>"}, checked="last week"), ("checked",), "2026-11-23"),
    (step("watch", title={"en": "T"}, transcript={"en": "<p>t</p>"}), (), "either <file>"),
    (step("watch", title={"en": "T"}, transcript={"en": "<p>t</p>"}, youtube="javascript:"), ("youtube",),
     "11 letters"),
    (step("watch", title={"en": "T"}, transcript={"en": "<p>t</p>"}, youtube="aaaaaaaaaaa", media="audio"), ("media",),
     "films only"),
    (step("country-note", title={"en": "T"}, fallback={"text": {"en": "f"}},
          notes=[{"country": "ES", "text": {"en": "a"}}] * 2), ("notes", 1), "another note for ES"),
    (step("country-note", title={"en": "T"}, notes=[{"country": "es", "text": {"en": "a"}}],
          fallback={"text": {"en": "f"}}), ("notes", 0, "country"), "two letters"),
    (step("country-note", title={"en": "T"}, notes=[{"country": "ES", "text": {"en": "a"}}]), ("fallback",),
     "must be an object"),
    ({"kind": "quiz", "id": "s"}, (), "kind is one of"),
])
def test_a_mistake_is_told_with_its_place_and_what_to_do(wrong, path, hint):
    told = problems_of(module(wrong))
    assert hint in told["steps", 0, *path]


def test_a_module_without_points_or_with_one_id_twice_is_refused():
    nothing = {**module(), "steps": [step("read", title={"en": "T"}, text={"en": "<p>t</p>"})]}
    assert "Nothing here gives points" in problems_of(nothing)["steps",]
    twice = module(step("true-false", answer=True), step("true-false", answer=True))
    assert "Another step" in problems_of(twice)["steps", 1, "id"]


def test_a_module_has_as_many_steps_and_reflections_as_can_be_kept():
    def many(kind, number, **parts):
        return module(*(step(kind, id=f"s{place}", **parts) for place in range(number)))

    read = {"title": {"en": "T"}, "text": {"en": "<p>t</p>"}}
    Module.from_data(many("read", MOST_STEPS - 1, **read))  # the step that gives points is one more
    assert "is the most. Split" in problems_of(many("read", MOST_STEPS, **read))["steps",]
    Module.from_data(many("reflection", MOST_REFLECTIONS))
    assert "Leave some out" in problems_of(many("reflection", MOST_REFLECTIONS + 1))["steps",]


@pytest.mark.parametrize("name", RESERVED)
def test_a_step_has_no_id_that_the_page_itself_uses(name):
    told = problems_of(module(step("true-false", id="free", answer=True), step("true-false", id=name, answer=True)))
    assert list(told) == [("steps", 1, "id")]


def test_a_recording_may_be_a_file_and_a_film_come_from_elsewhere():
    kinds = [{"youtube": "aaaaaaaaaaa"}, {"youtube": "aaaaaaaaaaa", "media": "video"},
             {"file": {"en": "/static/a.mp3"}, "media": "audio"}]
    for parts in kinds:
        Module.from_data(module(step("watch", title={"en": "T"}, transcript={"en": "<p>t</p>"}, **parts)))


def test_a_country_has_its_note_and_the_others_another():
    texts = {country: {"country": country, "text": {"en": f"<p>{country}</p>"}} for country in ("ES", "DE")}
    note = Module.from_data(module(step("country-note", title={"en": "T"}, notes=list(texts.values()),
                                        fallback={"text": {"en": "<p>f</p>"}}))).by_id["s"]
    assert [note.note(country) for country in ("ES", "DE", "FR", "")] == [*note.notes, note.fallback, note.fallback]


def test_the_question_of_an_activity_is_known_when_it_has_retired():
    parts = module(step("true-false", id="here", answer=True, question={"en": "Here?"}))
    parts["retired"] = [{"id": "other", "question": {"en": "Other?"}}, {"id": "gone", "question": {"en": "Gone?"}}]
    found = Module.from_data(parts)
    assert [found.wording(each).words("en") for each in ("here", "other", "gone")] == ["Here?", "Other?", "Gone?"]
    assert not found.wording("nothing")


@pytest.mark.parametrize("data", [None, [], "x", 3, {}, {"steps": {}}, {"languages": ["en"], "steps": [None, 3, {}]}])
def test_what_is_no_module_at_all_is_refused(data):
    assert problems_of(data)


def test_mistakes_in_olx_are_told_with_line_and_element():
    source = MODULE_OLX.to_text(Module.from_data(module(step("choice", options=[option("a", True), option("b")]))))
    with pytest.raises(InvalidOlx) as caught:
        MODULE_OLX.from_text(source.replace('right="true"', 'right="yes"').replace('id="points"', 'id="s"'))
    told = {(problem.element, problem.line): problem.message for problem in caught.value.problems}
    lines = source.splitlines()
    assert "neither true nor false" in told["option", next(n for n, line in enumerate(lines, 1) if 'right=' in line)]
    assert any(element == "true-false" and "Another step" in text for (element, _), text in told.items())


# -- rich text ---------------------------------------------------------------------------------------------------------

HOSTILE = """<p onclick="x()" style="color:red" class="y">a<script>alert(1)</script><iframe src="https://x.org"></iframe>
<a href="javascript:alert(1)">b</a><a href="https://example.org" onmouseover="x()">c</a><img src="data:x" onerror="x()">
<svg><animate onbegin="x()"/></svg><style>p{}</style><object data="x"></object><form action="/"><input></form></p>"""


def test_what_an_author_writes_is_sanitised():
    clean = sanitised(HOSTILE)
    for bad in ("script", "alert", "onclick", "style", "class", "iframe", "javascript", "onmouseover", "data:",
                "onerror", "svg", "object", "form", "input"):
        assert bad not in clean, bad
    assert 'href="https://example.org"' in clean and 'target="_blank"' in clean and "noopener" in clean


@given(st.text(st.characters(exclude_categories=("Cc", "Cn", "Cs")), max_size=60) | st.lists(st.sampled_from([
    "<p>", "</p>", "<b onclick=x>", "<ul><li>", "</ul>", "<a href='https://e.org'>", "</a>", "<br>", " ", "a", "&amp;",
    "<", "<!-- x -->", "<table><tr><td>", "<img src='/static/a.png' alt='b'>", "<script>", "</script>",
    "&lt;script&gt;"]), max_size=12).map("".join))
def test_sanitising_is_steady(html):
    assert sanitised(sanitised(html)) == sanitised(html)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([
    "<p>one <strong>two</strong><em>three</em> four</p>", "<ul><li>a</li><li>b <br> c</li></ul>",
    "<p>&lt;b&gt; &amp; é</p>", "words ", "<p>سلام <a href=\"https://example.org/?a=1&amp;b=2\">هنا</a></p>",
    "<h3>head</h3>",
    "<table><tbody><tr><td>1</td></tr></tbody></table>", "<img src=\"/static/a.png\" alt=\"a\">"]),
    min_size=1).map("".join))
def test_rich_text_survives_the_way_through_olx(html):
    drawn = Module.from_data(module(step("read", title={"en": "T"}, text={"en": html})))
    again = MODULE_OLX.from_text(MODULE_OLX.to_text(drawn))
    assert again == drawn and again.steps[0].text["en"] == sanitised(html)


def test_rich_text_may_stand_in_olx_as_elements():
    source = MODULE_OLX.to_text(Module.from_data(module(step("read", title={"en": "T"}, text={"en": "<p>x</p>"}))))
    rich = source.replace(
        "<p>x</p>", "\n  <!-- c --><p>a <strong>b</strong>\n c<script>d</script></p>\n  <p onclick='e'/>  ")
    assert MODULE_OLX.from_text(rich).steps[0].text["en"] == "<p>a <strong>b</strong> c</p><p></p>"


# -- what ships --------------------------------------------------------------------------------------------------------

def test_of_the_shipped_modules_nothing_is_missing_but_recordings_and_nothing_reads_hard():
    for name in module_names():
        data = preset_module(name).to_data()
        assert {each.what for each in missing(Module, data)} == {"audio"}
        assert [(hint.path, hint.message) for hint in hints(Module, data)] == []


def test_every_kind_of_activity_is_used_and_every_competence_is_trained():
    used = set()
    for name in module_names():
        shipped = preset_module(name)
        used |= {KIND_OF[type(each)] for each in shipped.steps}
        trained = {activity.competence for activity in shipped.activities.values()}
        assert {competence.id for competence in shipped.competences} <= trained
        assert all(activity.competence or not activity.points for activity in shipped.activities.values())
        assert shipped.countries in ([], ["AT", "CY", "DE", "ES", "FR", "IT"])
    assert {kind for kind, cls in KINDS.items() if issubclass(cls, Activity)} <= used


def test_facts_are_dated_and_every_picture_ships():
    from migrempower_xblock.block import shipped_picture

    def pictures(value):
        if isinstance(value, dict):
            yield from (found for name, part in value.items() for found in (
                [part] if name == "picture" else pictures(part)))
        elif isinstance(value, list):
            yield from (found for part in value for found in pictures(part))

    for name in module_names():
        shipped = preset_module(name)
        assert all(shipped_picture(picture) for picture in pictures(shipped.to_data()))
        for each in shipped.steps:
            for note in getattr(each, "notes", ()):
                assert note.checked >= "2026-11-01"


def test_the_right_option_does_not_stand_out_by_its_length():
    longest = total = 0
    for name in module_names():
        for activity in preset_module(name).activities.values():
            options = getattr(activity, "options", ())
            if options and not activity.several:
                for language in preset_module(name).languages:
                    lengths = {option.id: len(option.text[language]) for option in options}
                    total += 1
                    longest += max(lengths, key=lengths.get) in activity.key()
    assert longest / total < 0.5
