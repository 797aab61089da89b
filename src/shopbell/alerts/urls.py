"""Addresses of alerts, below `/s/<store>/alerts/`."""

from django.urls import include, path

from shopbell.alerts import views

alert_urls = (
    [
        path("", views.index, name="index"),
        path("news/", views.news, name="news"),
        path("read/", views.read_all, name="read"),
        path("worker.js", views.worker, name="worker"),
        path("devices/", views.devices, name="devices"),
        path("devices/<uuid:key>/drop/", views.drop, name="drop"),
        path("choose/", views.choose_how, name="choose"),
        path("follow/<int:number>/", views.follow_it, name="follow"),
    ],
    "alerts",
)

urlpatterns = [path("s/<slug:store>/alerts/", include(alert_urls))]
