"""Documents that are only partly translated: every page and file of theirs, in every language."""

import random
from types import SimpleNamespace

import pytest

from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX, preset_framework, preset_module
from migrempower_xblock.schema import parts
from migrempower_xblock.training.activity import Activity

from .test_handlers import NOW, answer

pytestmark = pytest.mark.django_db
some_chances = pytest.mark.parametrize(
    "chance", [pytest.param(0.05, marks=pytest.mark.long), 0.3, pytest.param(0.9, marks=pytest.mark.long)])


def thinned(document, chance, rng):
    """Return the document's plain data in which texts that are not the first language's are missing here and there."""
    first = document.languages[0]

    def thin(cls, data):
        found = dict(data)
        for name, part in parts(cls).items():
            held = data.get(name)
            if held is None:
                continue
            if part.place in ("text", "rich"):
                found[name] = {language: text for language, text in held.items()
                               if (language == first and part.required) or rng.random() > chance}
            elif part.place == "one":
                found[name] = thin(part.cls, held)
            elif part.place == "many":
                found[name] = [thin(part.kinds[each["kind"]] if part.mixed else next(iter(part.kinds.values())), each)
                               for each in held]
        return found

    return thin(type(document), document.to_data())


@some_chances
@pytest.mark.parametrize("name", ["migrempower", "cefr"])
def test_every_page_of_a_framework_half_translated_shows(make_block, call, name, chance):
    document = FRAMEWORK_OLX.from_data(thinned(preset_framework(name), chance, random.Random(f"{name}{chance}")))
    olx = f'<migrempower_self_evaluation rounds="0">{FRAMEWORK_OLX.to_text(document)}</migrempower_self_evaluation>'
    block = make_block(olx)
    assert block.load_document() == document
    values = [level.value for level in document.scale.levels]
    answers = {each: answer(values[number % len(values)]) for number, each in enumerate(document.statements)}
    visit_all(block, call, document, {"round": 1, "answers": answers})


@some_chances
@pytest.mark.parametrize("name", ["my-skills", "working-life"])
def test_every_page_of_a_module_half_translated_shows(make_block, call, name, chance):
    document = MODULE_OLX.from_data(thinned(preset_module(name), chance, random.Random(f"{name}{chance}")))
    block = make_block(f'<migrempower_training_module>{MODULE_OLX.to_text(document)}</migrempower_training_module>')
    assert block.load_document() == document
    answers = {}
    for step in document.steps:
        key = step.key() if isinstance(step, Activity) else None
        reply = step.show_reply(key, block.veil) if key is not None else {"writing": "Words", "options": []}.get(
            getattr(step, "form", ""), True)
        answers[step.id] = {"stamp": NOW, "reply": reply}
    visit_all(block, call, document, {"run": 1, "answers": answers})


def visit_all(block, call, document, body):
    again = block.runtime.get_block
    for own, other in zip(document.offered, document.offered[1:] + document.offered[:1], strict=True):
        for beside in ("", other):
            call(block, "choose_languages", {"own": own, "beside": beside})
            assert 'data-screen="start"' in again(block.scope_ids.usage_id).render("student_view").content
    assert set(document.languages) - set(document.offered) == {
        each for each in document.languages if call(block, "choose_languages", {"own": each})[0] == 400}
    assert call(block, "hand_in", body)[0] == 200
    for own in document.offered:
        call(block, "choose_languages", {"own": own, "beside": document.languages[0]})
        fresh = again(block.scope_ids.usage_id)
        assert 'data-screen="result"' in fresh.render("student_view").content
        assert fresh.render("author_view").content
        assert call(block, "download", method="GET", suffix="csv")[0] == 200
        assert call(block, "download", method="GET", suffix="json")[0] == 200
        assert fresh.index_dictionary()["content"] and fresh.student_view_data()["ready"]
    state = SimpleNamespace(username="new", state={"progress": fresh.progress})
    assert list(fresh.generate_report_data(iter([state])))
