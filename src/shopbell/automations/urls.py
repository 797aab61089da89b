"""Addresses below `/s/<store>/inbox/`, most of them of its set-up."""

from django.urls import include, path

from shopbell.automations.views import checklists, details, macros, rules

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

macro_urls = (
    [
        path("setup/macros/", macros.index, name="index"),
        path("setup/macros/new/", macros.new, name="new"),
        path("setup/macros/<uuid:key>/", macros.change, name="change"),
        path("setup/macros/<uuid:key>/drop/", macros.drop, name="drop"),
        path("<int:number>/macros/", macros.choose, name="choose"),
        path("<int:number>/macros/<uuid:key>/", macros.look, name="look"),
        path("<int:number>/macros/<uuid:key>/run/", macros.run, name="run"),
    ],
    "macros",
)
checklist_urls = (
    [
        path("setup/checklists/", checklists.index, name="index"),
        path("setup/checklists/<uuid:key>/", checklists.change, name="change"),
        path("setup/checklists/<uuid:key>/drop/", checklists.drop, name="drop"),
        path("<int:number>/checklists/", checklists.add, name="add"),
        path("<int:number>/checklists/<uuid:key>/take/", checklists.take, name="take"),
        path("<int:number>/steps/<uuid:key>/", checklists.tick, name="tick"),
    ],
    "checklists",
)

urlpatterns = [
    path("s/<slug:store>/inbox/setup/rules/", include(rule_urls)),
    path("s/<slug:store>/inbox/", include(detail_urls)),
    path("s/<slug:store>/inbox/", include(macro_urls)),
    path("s/<slug:store>/inbox/", include(checklist_urls)),
]
