"""The pages of the workbench."""

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST
from xblock.django.request import django_to_webob_request, webob_to_django_response
from xblock.exceptions import NoSuchHandlerError, NoSuchUsage

from migrempower_xblock.block import Refusal
from migrempower_xblock.dashboard import page
from migrempower_xblock.texts import direction

from . import course, sample
from .models import Grade
from .people import COHORT, ENROLLED, EVERYBODY, PEOPLE
from .runtime import HostRuntime

ROLES = {"learner": "Learners", "trainer": "Trainers", "author": "Author", "elsewhere": "From another course",
         "visitor": "Visitor"}
CHOICE = [*((title, [person for person in PEOPLE if person.role == role]) for role, title in ROLES.items()),
          (f"Cohort of {len(COHORT)} more learners", COHORT)]
AUTHOR_VIEWS = ("author_view", "studio_view")


def _context(request, **more):
    return {"person": request.person, "language": request.person_language, "languages": settings.LANGUAGES,
            "people": CHOICE, **more}


@ensure_csrf_cookie
def front(request):
    """Show the course as an itinerary, and who one can be."""
    course.load()
    return render(request, "host/front.html", _context(request, phases=course.PHASES, more=course.MORE))


@ensure_csrf_cookie
def unit(request, slug, view="student_view"):
    """Show a unit as the LMS or, for the author, Studio would."""
    course.load()
    if slug not in course.BY_SLUG or (view != "student_view" and view not in AUTHOR_VIEWS):
        raise Http404
    if view in AUTHOR_VIEWS and request.person.role != "author":
        return HttpResponseForbidden("Only the author sees this page. Choose the author on the front page.")
    shown = course.BY_SLUG[slug]
    runtime = HostRuntime(request.person, request.person_language)
    fragment = runtime.get_block(shown.usage_id).render(view, {})
    return render(request, "host/unit.html", _context(
        request, unit=shown, view=view, direction=direction(request.person_language),
        body=fragment.body_html(), head=fragment.head_html(), foot=fragment.foot_html()))


def handler(request, usage_id, handler_slug, suffix=""):
    """Hand a request to a block's handler."""
    course.load()
    runtime = HostRuntime(request.person, request.person_language)
    try:
        block = runtime.get_block(usage_id)
        reply = runtime.handle(block, handler_slug, django_to_webob_request(request), suffix)
    except (NoSuchUsage, NoSuchHandlerError) as error:
        raise Http404 from error
    return webob_to_django_response(reply)


@ensure_csrf_cookie
def dashboard(request):
    """Show the report as the LMS's instructor dashboard opens it: on a page of its own."""
    course.load()
    block = HostRuntime(request.person, request.person_language).get_block(course.BY_SLUG["cohort-report"].usage_id)
    about = {"course": course.TITLE, "back": reverse("front")}
    try:
        return HttpResponse(page.document(block, **about))
    except Refusal as refusal:
        return HttpResponse(page.refused(block, refusal, **about), status=refusal.status)


def gradebook(request):
    """Show learners × graded blocks: score and completion, as the blocks published them."""
    if not request.person.is_staff:
        return HttpResponseForbidden("Only the trainer and the author see the gradebook. Choose one on the front page.")
    units = course.graded_units()
    grades = {(grade.learner, grade.block): grade for grade in Grade.objects.all()}
    rows = [(learner, [grades.get((learner.key, each.usage_id)) for each in units]) for learner in ENROLLED]
    return render(request, "host/gradebook.html", _context(request, units=units, rows=rows))


@require_POST
def be(request):
    """Be another person or speak another language from now on."""
    to = request.POST.get("next", "")
    response = redirect(to if url_has_allowed_host_and_scheme(to, {request.get_host()}) else reverse("front"))
    if request.POST.get("person") in EVERYBODY:
        response.set_cookie("person", request.POST["person"], samesite="Lax")
        response.delete_cookie("language")
    if request.POST.get("language") in dict(settings.LANGUAGES):
        response.set_cookie("language", request.POST["language"], samesite="Lax")
    return response


@require_POST
def reset(request):
    """Forget everything and bring the sample learners and the cohort back."""
    sample.reset(cohort=True)
    return redirect("front")
