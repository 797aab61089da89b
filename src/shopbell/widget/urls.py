"""Addresses of the chat. `/widget/<store>/stream` is the front door's: see `edge.chat`."""

from django.urls import path

from shopbell.widget import views

app_name = "widget"
urlpatterns = [
    path("widget/<slug:store>.js", views.loader, name="loader"),
    path("widget/<slug:store>/session", views.session, name="session"),
    path("widget/<slug:store>/messages", views.messages, name="messages"),
    path("widget/<slug:store>/seen", views.seen_marks, name="seen"),
    path("widget/<slug:store>/contact", views.contacts, name="contact"),
    path("widget/<slug:store>/files", views.files, name="files"),
    path("widget/<slug:store>/files/<uuid:key>", views.one_file, name="file"),
    path("widget-parts/<str:mark>/<str:name>", views.part, name="part"),
]
