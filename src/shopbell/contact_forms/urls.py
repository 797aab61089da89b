"""Addresses of the forms: the customers' and, below `/s/<store>/inbox/forms/`, the staff's."""

from django.urls import path

from shopbell.contact_forms.views import hosted

app_name = "contact_forms"
urlpatterns = [
    path("contact/sent/<str:token>", hosted.thanks, name="thanks"),
    path("contact/<slug:store>", hosted.first, name="first"),
    path("contact/<slug:store>/<slug:form>", hosted.page, name="page"),
]
