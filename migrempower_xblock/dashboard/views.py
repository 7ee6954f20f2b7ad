"""The page of the report in the LMS, and its requests."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import ensure_csrf_cookie
from xblock.django.request import django_to_webob_request, webob_to_django_response
from xblock.exceptions import NoSuchHandlerError

from ..block import Refusal
from ..platform import course_pages
from . import page
from .runtime import PageRuntime


def _block(request, course):
    key = course_pages.course_key(course)
    if key is None:
        raise Http404
    return PageRuntime(request.user, key).block()


@login_required
@ensure_csrf_cookie
@xframe_options_sameorigin  # the old dashboard shows it in a frame
def report(request, course):
    """Show the report on a course to its team."""
    block = _block(request, course)
    about = {"course": course_pages.course_name(course), "back": course_pages.dashboard_address(course)}
    try:
        return HttpResponse(page.document(block, **about))
    except Refusal as refusal:
        return HttpResponse(page.refused(block, refusal, **about), status=refusal.status)


@login_required
def handler(request, course, name, suffix=""):
    """Answer a request of the page; the block checks who asks."""
    block = _block(request, course)
    try:
        reply = block.runtime.handle(block, name, django_to_webob_request(request), suffix)
    except NoSuchHandlerError:
        raise Http404 from None
    return webob_to_django_response(reply)
