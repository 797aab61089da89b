"""Addresses of remedies, below `/s/<store>/requests/`."""

from django.urls import include, path

from shopbell.remedies import views

remedies_urls = (
    [
        path("", views.index, name="index"),
        path("setup/", views.setup, name="setup"),
        path("ask/<uuid:order>/<slug:deed>/", views.ask, name="ask"),
        path("<uuid:key>/approve/", views.approve, name="approve"),
        path("<uuid:key>/decline/", views.decline, name="decline"),
        path("<uuid:key>/settle/", views.settle, name="settle"),
    ],
    "remedies",
)

urlpatterns = [path("s/<slug:store>/requests/", include(remedies_urls))]
