"""Addresses of the design system's own pages."""

from django.urls import path

from shopbell.web import views

app_name = "web"
urlpatterns = [
    path("styleguide", views.styleguide, name="styleguide"),
    path("styleguide/customer", views.customer_sample, name="styleguide-customer"),
    path("styleguide/card", views.plain_sample, name="styleguide-card"),
    path("styleguide/error/<int:status>", views.error_sample, name="styleguide-error"),
    path("styleguide/progress", views.progress_sample, name="styleguide-progress"),
]
