"""Addresses below `/s/<store>/inbox/setup/`."""

from django.urls import include, path

from shopbell.automations.views import rules

rule_urls = (
    [
        path("", rules.index, name="index"),
        path("new/", rules.new, name="new"),
        path("order/", rules.order, name="order"),
        path("<uuid:key>/", rules.show, name="show"),
        path("<uuid:key>/switch/", rules.switch, name="switch"),
        path("<uuid:key>/move/", rules.move, name="move"),
        path("<uuid:key>/drop/", rules.drop, name="drop"),
    ],
    "rules",
)

urlpatterns = [path("s/<slug:store>/inbox/setup/rules/", include(rule_urls))]
