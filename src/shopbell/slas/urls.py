"""Addresses of hours and promises, below the inbox's set-up."""

from django.urls import include, path

from shopbell.slas.views import calendars, news, promises

sla_urls = (
    [
        path("hours/", calendars.index, name="calendars"),
        path("hours/add/", calendars.add, name="calendar_add"),
        path("hours/<uuid:key>/", calendars.change, name="calendar"),
        path("hours/<uuid:key>/default/", calendars.make_default, name="calendar_default"),
        path("hours/<uuid:key>/drop/", calendars.drop, name="calendar_drop"),
        path("hours/<uuid:key>/feed/", calendars.read_feed, name="calendar_feed"),
        path("promises/", promises.index, name="promises"),
        path("promises/add/", promises.add, name="promise_add"),
        path("promises/usual/", promises.add_presets, name="promise_presets"),
        path("promises/<uuid:key>/", promises.change, name="promise"),
        path("promises/<uuid:key>/move/", promises.move, name="promise_move"),
        path("promises/<uuid:key>/drop/", promises.drop, name="promise_drop"),
    ],
    "slas",
)

news_urls = (
    [
        path("<int:number>/news/", news.promise, name="promise"),
        path("<int:number>/news/back/", news.take_back, name="take_back"),
    ],
    "news",
)

urlpatterns = [
    path("s/<slug:store>/inbox/setup/", include(sla_urls)),
    path("s/<slug:store>/inbox/", include(news_urls)),
]
