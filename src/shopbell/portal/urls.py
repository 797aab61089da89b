"""Addresses of customer pages; short, because they stand in text messages."""

from django.urls import path

from shopbell.portal import choosing, own_data, views

app_name = "portal"
urlpatterns = [
    path("t/<str:token>", views.track, name="track"),
    path("c/<str:token>", views.click, name="click"),
    path("l/<str:token>/<int:place>", views.follow, name="follow"),
    path("o/<str:token>", views.opened, name="open"),
    path("f/<str:token>", views.file, name="file"),
    path("u/<str:token>", choosing.preferences, name="preferences"),
    path("u/<str:token>/erase", own_data.erase, name="erase"),
    path("d/<str:token>/<int:until>", own_data.show, name="data"),
    path("d/<str:token>/<int:until>/data.json", own_data.download, name="data_file"),
    path("preferences/<slug:store>", choosing.ask_for_link, name="link"),
]
