"""Addresses of the LMS that ``platform`` asks Django for, where nothing answers, and those of xblock-sdk."""

from django.http import Http404
from django.urls import path
from workbench.urls import urlpatterns as sdk


def nowhere(*_args, **_names):
    raise Http404


urlpatterns = [*sdk, path("courses/<course_id>/jump_to/<location>", nowhere, name="jump_to")]
