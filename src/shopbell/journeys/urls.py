"""Addresses of journeys, below `/s/<store>/journeys/`."""

from django.urls import include, path

from shopbell.journeys import backtest_views, editor_views, staying, text_views, views

journeys_urls = (
    [
        path("", views.index, name="index"),
        path("new/", editor_views.new, name="new"),
        path("new/text/", text_views.paste, name="paste"),
        path("of/<uuid:customer>/", views.everything, name="everything"),
        path("<slug:key>/", views.show, name="show"),
        path("<slug:key>/on/", views.switch_on, name="switch_on"),
        path("<slug:key>/pause/", views.pause, name="pause"),
        path("<slug:key>/off/", views.switch_off, name="switch_off"),
        path("<slug:key>/edit/", editor_views.edit, name="edit"),
        path("<slug:key>/text/", text_views.text, name="text"),
        path("<slug:key>/publish/", editor_views.publish, name="publish"),
        path("<slug:key>/discard/", editor_views.discard, name="discard"),
        path("<slug:key>/try/", backtest_views.start, name="try"),
        path("<slug:key>/try/<uuid:backtest>/", backtest_views.show, name="backtest"),
        path("<slug:key>/try/<uuid:backtest>/<uuid:row>/", backtest_views.example, name="example"),
        path(
            "<slug:key>/try/<uuid:backtest>/<uuid:row>/body/",
            backtest_views.example_body,
            name="example_body",
        ),
        path("<slug:key>/<uuid:run>/", views.person, name="person"),
        path("<slug:key>/<uuid:run>/go-on/", views.skip_wait, name="skip_wait"),
        path("<slug:key>/<uuid:run>/out/", views.take_out, name="take_out"),
    ],
    "journeys",
)

urlpatterns = [
    path("k/<str:token>", staying.stay, name="stay"),
    path("s/<slug:store>/journeys/", include(journeys_urls)),
]
