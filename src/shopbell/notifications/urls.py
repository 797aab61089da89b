"""Addresses of the notifications pages."""

from django.urls import path

from shopbell.notifications import views
from shopbell.notifications.views import plans, quiet

app_name = "notifications"
urlpatterns = [
    path("s/<slug:store>/notifications/", views.index, name="index"),
    path("s/<slug:store>/notifications/policy", views.save_policy, name="policy"),
    path("s/<slug:store>/notifications/sending", views.sending, name="sending"),
    path("s/<slug:store>/notifications/shop", views.shop_notice, name="shop_notice"),
    path("s/<slug:store>/notifications/quiet-hours", quiet.quiet, name="quiet"),
    path("s/<slug:store>/notifications/quiet-hours/save", quiet.save_quiet, name="save_quiet"),
    path(
        "s/<slug:store>/notifications/quiet-hours/outlook",
        quiet.quiet_outlook,
        name="quiet_outlook",
    ),
    path("s/<slug:store>/notifications/trials/<uuid:key>", plans.trial, name="trial"),
    path("s/<slug:store>/notifications/trials/<uuid:key>/use", plans.use_plan, name="use_plan"),
    path("s/<slug:store>/notifications/<slug:kind>/plan", plans.plan, name="plan"),
    path("s/<slug:store>/notifications/<slug:kind>/plan/save", plans.save_plan, name="save_plan"),
    path("s/<slug:store>/notifications/<slug:kind>/", views.show, name="show"),
    path("s/<slug:store>/notifications/<slug:kind>/save", views.save, name="save"),
    path("s/<slug:store>/notifications/<slug:kind>/switch", views.switch, name="switch"),
    path("s/<slug:store>/notifications/<slug:kind>/earlier", views.earlier, name="earlier"),
    path("s/<slug:store>/notifications/<slug:kind>/shipped", views.shipped, name="shipped"),
]
