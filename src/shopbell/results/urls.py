"""Addresses of results, below `/s/<store>/results/`."""

from django.urls import include, path

from shopbell.results import views

results_urls = (
    [
        path("", views.index, name="index"),
        path("rows/", views.rows, name="rows"),
        path("rules/", views.rules, name="rules"),
        path("campaigns/<uuid:key>/", views.campaign, name="campaign"),
        path("campaigns/<uuid:key>/beside/", views.beside_campaign, name="beside_campaign"),
        path("journeys/<slug:key>/", views.journey, name="journey"),
        path(
            "journeys/<slug:key>/<slug:step>/beside/", views.beside_journey, name="beside_journey"
        ),
    ],
    "results",
)

urlpatterns = [path("s/<slug:store>/results/", include(results_urls))]
