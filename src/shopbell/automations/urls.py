"""Addresses below `/s/<store>/inbox/`, most of them of its set-up."""

from django.urls import include, path

from shopbell.automations.views import details, rules

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

detail_urls = (
    [
        path("setup/reasons/", details.reason_index, name="reasons"),
        path("setup/fields/", details.field_index, name="fields"),
        path("setup/fields/<slug:key>/", details.field_change, name="field"),
        path("setup/fields/<slug:key>/drop/", details.field_drop, name="field_drop"),
        path("<int:number>/details/", details.note_down, name="here"),
    ],
    "details",
)

urlpatterns = [
    path("s/<slug:store>/inbox/setup/rules/", include(rule_urls)),
    path("s/<slug:store>/inbox/", include(detail_urls)),
]
