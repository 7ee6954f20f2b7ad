"""The workbench's own pages: who may see what, the gradebook, the sample learners, beginning again."""

import pytest
from submissions.models import StudentItem, Submission

from host import course, sample
from host.models import Grade
from host.people import LEARNERS

pytestmark = pytest.mark.django_db


def test_the_front_page_shows_the_three_phases_and_who_one_can_be(client):
    page = client.get("/").content.decode()
    assert page.index("Orientation") < page.index("Self-evaluation") < page.index("Empowerment")
    assert all(learner.name in page for learner in LEARNERS)


@pytest.mark.parametrize("slug", list(course.BY_SLUG))
@pytest.mark.parametrize("person", ["new", "amira", "trainer", "author", "visitor"])
def test_every_unit_opens_for_everybody(client, slug, person):
    assert client.get(f"/unit/{slug}/?student={person}").status_code == 200


def test_only_the_author_sees_studios_view(client):
    assert client.get("/unit/start/author_view/?student=author").status_code == 200
    for person in ("new", "trainer", "visitor"):
        assert client.get(f"/unit/start/author_view/?student={person}").status_code == 403
    assert client.get("/unit/start/studio_submit/?student=author").status_code == 404
    assert client.get("/unit/nowhere/").status_code == 404


def test_one_can_be_somebody_else_in_another_language(client):
    client.post("/be/", {"person": "lucia"})
    assert 'lang="es"' in client.get("/unit/start/").content.decode()
    client.post("/be/", {"language": "ar"})
    page = client.get("/unit/start/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert client.post("/be/", {"person": "lucia", "next": "https://example.org/"}).url == "/"


def test_the_sample_learners_fill_records_and_gradebook(client):
    sample.seed()
    assert Submission.objects.count() > 20
    rounds = Submission.objects.count()
    sample.seed()
    assert Submission.objects.count() == rounds
    page = client.get("/gradebook/?student=trainer").content.decode()
    assert "100 %" in page and "79 %" in page and "not started" in page and "no score yet" in page
    assert {item.course_id for item in StudentItem.objects.all()} == {"course-v1:MigrEmpower+Sample+2026"}


def test_learners_and_visitors_do_not_see_the_gradebook(client):
    for person in ("new", "visitor"):
        assert client.get(f"/gradebook/?student={person}").status_code == 403


def test_beginning_again_forgets_what_was_added(client, open_block, call):
    from .test_handlers import everything, hand_in

    sample.seed()
    before = Submission.objects.count()
    hand_in(call, open_block("start", "new"), everything())
    assert Grade.objects.filter(learner="new").exists()
    client.post("/reset/")
    assert Submission.objects.count() == before
    assert not Grade.objects.filter(learner="new").exists()
    assert client.get("/reset/").status_code == 405


def test_handlers_answer_at_the_address_the_page_names(client):
    reply = client.post("/handler/start.migrempower_self_evaluation.d0.u0/share/?student=new",
                        {"shared": True, "stamp": 1}, content_type="application/json")
    assert reply.json() == {"shared": True}
    assert client.post("/handler/nothing.here.d0.u0/share/").status_code == 404


def test_presets_templates_and_catalogues_have_no_address(client):
    for path in ("css/learner.css", "js/self_evaluation.js", "pictures/own/steps-1.svg"):
        assert client.get(f"/resource/migrempower_self_evaluation/{path}").status_code == 200
    for path in ("presets/frameworks/migrempower.xml", "../presets/frameworks/migrempower.xml", "templates/result.html",
                 "translations/ar/LC_MESSAGES/text.mo", "self_evaluation.py"):
        assert client.get(f"/resource/migrempower_self_evaluation/{path}").status_code == 404
