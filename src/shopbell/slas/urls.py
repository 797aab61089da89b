"""Addresses of hours and promises, below the inbox's set-up."""

from django.urls import include, path

from shopbell.slas.views import calendars

sla_urls = (
    [
        path("hours/", calendars.index, name="calendars"),
        path("hours/add/", calendars.add, name="calendar_add"),
        path("hours/<uuid:key>/", calendars.change, name="calendar"),
        path("hours/<uuid:key>/default/", calendars.make_default, name="calendar_default"),
        path("hours/<uuid:key>/drop/", calendars.drop, name="calendar_drop"),
        path("hours/<uuid:key>/feed/", calendars.read_feed, name="calendar_feed"),
    ],
    "slas",
)

urlpatterns = [path("s/<slug:store>/inbox/setup/", include(sla_urls))]
