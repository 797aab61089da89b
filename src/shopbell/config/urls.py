"""All addresses. A package's own `urls.py` is included when the package has pages."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("shopbell.web.urls")),
    path("", include("shopbell.backoffice.urls")),
    path("", include("shopbell.accounts.urls")),
    path("", include("shopbell.connections.urls")),
    path("", include("shopbell.notifications.urls")),
    path("", include("shopbell.portal.urls")),
    path("", include("shopbell.sandbox.urls")),
]

handler400 = "shopbell.web.errors.bad_request"
handler403 = "shopbell.web.errors.forbidden"
handler404 = "shopbell.web.errors.not_found"
handler500 = "shopbell.web.errors.broken"
