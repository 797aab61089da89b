"""Addresses of segments, below `/s/<store>/segments/`."""

from django.urls import include, path

from shopbell.segments import views

segments_urls = (
    [
        path("", views.index, name="index"),
        path("new/", views.new, name="new"),
        path("<uuid:key>/", views.show, name="show"),
        path("<uuid:key>/edit/", views.edit, name="edit"),
        path("<uuid:key>/delete/", views.delete, name="delete"),
    ],
    "segments",
)

urlpatterns = [path("s/<slug:store>/segments/", include(segments_urls))]
