"""OLX in and out: nothing is lost on the way, and mistakes are told with their line."""

import time

import pytest
from hypothesis import given, settings
from lxml import etree

from migrempower_xblock.olx import (
    FRAMEWORK_OLX,
    InvalidOlx,
    framework_names,
    preset_framework,
    scale_names,
    shipped_scale,
)
from migrempower_xblock.words import interface_languages

from .generate import frameworks

GOOD = """<framework id="home" version="1" languages="en es">
  <title xml:lang="en">Home</title>
  <title xml:lang="es">Casa</title>
  <scale id="help"/>
  <area id="kitchen">
    <title xml:lang="en">Kitchen</title>
    <title xml:lang="es">Cocina</title>
    <competence id="cooking">
      <title xml:lang="en">Cooking</title>
      <title xml:lang="es">Cocinar</title>
      <statement id="cooking-1">
        <text xml:lang="en">I can cook.</text>
        <text xml:lang="es">Puedo cocinar.</text>
      </statement>
    </competence>
  </area>
</framework>
"""


def problems_of(source):
    with pytest.raises(InvalidOlx) as caught:
        FRAMEWORK_OLX.from_text(source)
    return caught.value.problems


@settings(max_examples=150)
@given(frameworks)
def test_a_framework_survives_the_way_through_olx(framework):
    assert FRAMEWORK_OLX.from_text(FRAMEWORK_OLX.to_text(framework)) == framework


def test_a_scale_without_levels_is_the_shipped_one():
    framework = FRAMEWORK_OLX.from_text(GOOD)
    assert [level.value for level in framework.scale.levels] == [0, 1, 2, 3]
    assert set(framework.scale.levels[0].label) == {"en", "es"}


@pytest.mark.parametrize(("old", "new", "line", "element", "hint"), [
    ("</framework>", "", 18, "framework", "not well formed"),
    ("<competence ", "<kompetence ", 15, "kompetence", "not well formed"),
    ('<scale id="help"/>', '<scale id="help"/><colour/>', 4, "colour", "Use one of"),
    ('id="cooking-1"', 'id="cooking-1" mood="good"', 11, "statement", "'mood' is not known"),
    (' id="cooking-1"', "", 11, "statement", "id is missing"),
    ('<area id="kitchen">', '<area id="Kit chen">', 5, "area", "small letters"),
    ('<text xml:lang="en">I can cook.</text>', "", 13, "text", "no text in 'en'"),
    ('<text xml:lang="es">', "<text>", 13, "text", "Say the language"),
    ('<text xml:lang="es">', '<text xml:lang="en">', 13, "text", "twice"),
    ("I can cook.", "I can <b>cook</b>.", 12, "text", "plain text only"),
    ('<competence id="cooking">', '<competence id="cooking">words', 8, "competence", "outside of any element"),
    ('<scale id="help"/>', '<scale id="help"/><scale id="help"/>', 4, "scale", "twice"),
    ('<scale id="help"/>', '<scale id="mine"/>', 4, "scale", "at least one level"),
    ('<scale id="help"/>', '<scale id="mine"><level value="b"/></scale>', 4, "level", "not a whole number"),
    ("<framework ", "<module ", 17, "module", "not well formed"),
])
def test_a_mistake_is_told_with_line_element_and_mend(old, new, line, element, hint):
    assert old in GOOD
    told = problems_of(GOOD.replace(old, new))
    assert any((problem.line, problem.element) == (line, element) and hint in problem.message for problem in told), told


def test_levels_out_of_order_are_told_at_the_level():
    source = GOOD.replace('<scale id="help"/>', """<scale id="mine">
      <level value="2"><label xml:lang="en">a</label><label xml:lang="es">a</label></level>
      <level value="1"><label xml:lang="en">b</label><label xml:lang="es">b</label></level></scale>""")
    (problem,) = problems_of(source)
    assert (problem.line, problem.element) == (6, "level")
    assert "out of order" in problem.message


def test_a_statement_id_used_twice_is_told_at_the_second():
    one = GOOD[GOOD.index("      <statement"):GOOD.index("    </competence>")]
    (problem,) = problems_of(GOOD.replace(one, one + one))
    assert (problem.line, problem.element) == (15, "statement")


def test_another_root_element_is_refused():
    (problem,) = problems_of("<module/>")
    assert "begins with <framework>" in problem.message


BOMB = ('<!DOCTYPE framework [<!ENTITY e0 "aaaaaaaaaa">'
        + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        + ']><framework id="x">&e9;</framework>')


@pytest.mark.parametrize("source", [
    '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><framework id="x">&x;</framework>',
    '<!DOCTYPE f SYSTEM "http://127.0.0.1:9/x.dtd"><framework id="x"/>',
    BOMB,
])
def test_entities_and_document_types_are_refused_at_once(source):
    began = time.monotonic()
    (problem,) = problems_of(source)
    assert "DOCTYPE" in problem.message or "not well formed" in problem.message
    assert time.monotonic() - began < 2


def test_entities_the_platform_already_parsed_are_refused_too():
    node = etree.fromstring('<!DOCTYPE f [<!ENTITY x "words">]><framework id="x"><title>&x;</title></framework>')
    with pytest.raises(InvalidOlx):
        FRAMEWORK_OLX.from_element(node)


@pytest.mark.parametrize("source", [
    "", " ", "\x00", "<", "plain", "<framework>" * 3000, "\ud800", "<framework id='\x01'/>",
])
def test_rubbish_is_refused_with_a_message(source):
    assert "not well formed" in problems_of(source)[0].message


def test_every_shipped_framework_is_valid_and_complete():
    for name in framework_names():
        framework = preset_framework(name)
        for statement in framework.statements.values():
            assert statement.picture
            assert set(statement.example) == set(statement.alt) == set(framework.languages)
        for competence in framework.competences:
            assert set(competence.advice) == set(framework.languages)


def test_the_migrempower_framework_is_what_it_promises():
    framework = preset_framework("migrempower")
    assert set(framework.languages) == set(interface_languages())
    assert len(framework.areas) >= 7
    assert len(framework.competences) >= 24
    assert framework.practice is not None
    for _, _, statement in framework.placed_statements():
        assert statement.text["en"].startswith("I can ")
        assert len(statement.text["en"].split()) <= 14


def test_every_shipped_scale_is_valid_in_every_language():
    assert {"help", "awareness", "frequency", "portfolio", "digcomp-4", "digcomp-8"} <= set(scale_names())
    for name in scale_names():
        FRAMEWORK_OLX.from_text(GOOD.replace('id="help"', f'id="{name}"'))
        levels = shipped_scale(name, ["en", "es", "ar"])["levels"]
        assert all(set(level["label"]) == {"en", "es", "ar"} for level in levels)
    assert len(shipped_scale("awareness", [])["levels"]) == 6
    assert len(shipped_scale("digcomp-8", [])["levels"]) == 8


def test_every_picture_named_by_a_preset_ships():
    from migrempower_xblock.block import shipped_picture

    names = {level["picture"] for name in scale_names() for level in shipped_scale(name, [])["levels"]}
    for name in framework_names():
        framework = preset_framework(name)
        names |= {area.picture for area in framework.areas} | {framework.practice.picture}
        names |= {statement.picture for statement in framework.statements.values()}
    assert all(shipped_picture(name) for name in names), names
