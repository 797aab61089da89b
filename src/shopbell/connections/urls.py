"""Addresses of the connections pages."""

from django.urls import path

from shopbell.connections import views

app_name = "connections"
urlpatterns = [
    path("s/<slug:store>/connections/", views.index, name="index"),
    path("s/<slug:store>/connections/new/", views.choose, name="choose"),
    path("s/<slug:store>/connections/new/<slug:connector>/", views.new, name="new"),
    path("s/<slug:store>/connections/new/<slug:connector>/create", views.create, name="create"),
    path("s/<slug:store>/connections/<uuid:connection>/", views.show, name="show"),
    path(
        "s/<slug:store>/connections/<uuid:connection>/exchanges/",
        views.exchanges,
        name="exchanges",
    ),
    path("s/<slug:store>/connections/<uuid:connection>/save", views.save, name="save"),
    path("s/<slug:store>/connections/<uuid:connection>/try", views.try_now, name="try"),
    path("s/<slug:store>/connections/<uuid:connection>/again", views.again, name="again"),
    path("s/<slug:store>/connections/<uuid:connection>/switch", views.switch, name="switch"),
    path("s/<slug:store>/connections/<uuid:connection>/remove", views.remove, name="remove"),
]
