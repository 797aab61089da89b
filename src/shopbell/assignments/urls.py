"""Addresses of teams, and of coming and going."""

from django.urls import include, path

from shopbell.assignments.views import availability, teams

assignment_urls = (
    [
        path("inbox/setup/teams/", teams.index, name="teams"),
        path("inbox/setup/teams/add/", teams.add, name="team_add"),
        path("inbox/setup/teams/rule/", teams.owner_rule, name="owner_rule"),
        path("inbox/setup/teams/<uuid:key>/", teams.change, name="team"),
        path("inbox/setup/teams/<uuid:key>/drop/", teams.drop, name="team_drop"),
        path("inbox/setup/teams/inboxes/<uuid:key>/", teams.route, name="inbox_route"),
        path("inbox/setup/teams/people/<int:key>/", teams.capacity, name="capacity"),
        path("availability/", availability.switch, name="availability"),
        path("availability/here/", availability.here, name="here"),
    ],
    "assignments",
)

urlpatterns = [path("s/<slug:store>/", include(assignment_urls))]
