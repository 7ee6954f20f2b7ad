"""Addresses of the workbench; the names "handler" and "package_resource" are the ones xblock-sdk's runtime reverses."""

from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.urls import path, re_path
from workbench.views import package_resource

from . import views

urlpatterns = [
    path("", views.front, name="front"),
    path("unit/<slug:slug>/", views.unit, name="unit"),
    path("unit/<slug:slug>/<slug:view>/", views.unit, name="unit_view"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("gradebook/", views.gradebook, name="gradebook"),
    path("be/", views.be, name="be"),
    path("reset/", views.reset, name="reset"),
    path("favicon.ico", lambda request: HttpResponse(status=204)),
    re_path(r"^handler/(?P<usage_id>[^/]+)/(?P<handler_slug>[^/]*)(?:/(?P<suffix>.*))?$", views.handler,
            name="handler"),
    path("resource/<block_type>/<path:resource>", package_resource, name="package_resource"),
    *staticfiles_urlpatterns(),
]
