"""All addresses. A package's own `urls.py` is included when the package has pages."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("shopbell.web.urls")),
    path("", include("shopbell.backoffice.urls")),
    path("", include("shopbell.slas.urls")),
    path("", include("shopbell.assignments.urls")),
    path("", include("shopbell.calls.urls")),
    path("", include("shopbell.conversations.urls")),
    path("", include("shopbell.alerts.urls")),
    path("", include("shopbell.feedback.urls")),
    path("", include("shopbell.interests.urls")),
    path("", include("shopbell.automations.urls")),
    path("", include("shopbell.accounts.urls")),
    path("", include("shopbell.connections.urls")),
    path("", include("shopbell.segments.urls")),
    path("", include("shopbell.messaging.urls_templates")),
    path("", include("shopbell.messaging.urls_approved")),
    path("", include("shopbell.notifications.urls")),
    path("", include("shopbell.remedies.urls")),
    path("", include("shopbell.announcements.urls")),
    path("", include("shopbell.portal.urls")),
    path("", include("shopbell.widget.urls")),
    path("", include("shopbell.contact_forms.urls")),
    path("", include("shopbell.journeys.urls")),
    path("", include("shopbell.campaigns.urls")),
    path("", include("shopbell.signups.urls")),
    path("", include("shopbell.results.urls")),
    path("", include("shopbell.api.urls")),
    path("", include("shopbell.orders.importing.urls")),
    path("", include("shopbell.sandbox.urls")),
]
if find_spec("shopbell.demo") is not None:  # a folder that can be deleted
    urlpatterns.append(path("", include("shopbell.demo.urls")))

handler400 = "shopbell.web.errors.bad_request"
handler403 = "shopbell.web.errors.forbidden"
handler404 = "shopbell.web.errors.not_found"
handler500 = "shopbell.web.errors.broken"
