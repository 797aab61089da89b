"""Addresses of the forms: the customers' and, below `/s/<store>/inbox/forms/`, the staff's."""

from django.urls import path

from shopbell.contact_forms.views import embedding, hosted, managing

app_name = "contact_forms"
urlpatterns = [
    path("contact/sent/<str:token>", hosted.thanks, name="thanks"),
    path("contact/<slug:store>", hosted.first, name="first"),
    path("contact/<slug:store>/<slug:form>.js", embedding.script, name="script"),
    path("contact/<slug:store>/<slug:form>", hosted.page, name="page"),
    path("s/<slug:store>/inbox/forms/", managing.index, name="index"),
    path("s/<slug:store>/inbox/forms/new/", managing.new, name="new"),
    path("s/<slug:store>/inbox/forms/preview/", managing.preview, name="preview"),
    path("s/<slug:store>/inbox/forms/change/<slug:form>/", managing.change, name="change"),
    path("s/<slug:store>/inbox/forms/change/<slug:form>/drop/", managing.drop, name="drop"),
]
