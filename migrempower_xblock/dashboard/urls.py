"""Addresses of the report in the LMS; the plugin puts them below ``migrempower/``."""

from django.urls import re_path

from . import views

_COURSE = r"^report/(?P<course>[^/]+)/"

urlpatterns = [
    re_path(_COURSE + "$", views.report, name="report"),
    re_path(_COURSE + r"(?P<name>[a-z_]+)/(?:(?P<suffix>[\w-]+)/?)?$", views.handler, name="handler"),
]
