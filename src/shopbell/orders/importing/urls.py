"""Addresses of the import pages."""

from django.urls import path

from shopbell.orders.importing import views

app_name = "imports"
urlpatterns = [
    path("s/<slug:store>/import/", views.index, name="index"),
    path("s/<slug:store>/import/upload", views.upload, name="upload"),
    path("s/<slug:store>/import/<uuid:run>/", views.show, name="show"),
    path("s/<slug:store>/import/<uuid:run>/progress", views.progress, name="progress"),
    path("s/<slug:store>/import/<uuid:run>/columns", views.columns, name="columns"),
    path("s/<slug:store>/import/<uuid:run>/confirm", views.confirm, name="confirm"),
    path("s/<slug:store>/import/<uuid:run>/stop", views.stop, name="stop"),
    path("s/<slug:store>/import/<uuid:run>/rows-to-mend.csv", views.mistakes, name="mistakes"),
    path("s/<slug:store>/import/history/<uuid:connection>", views.history, name="history"),
    path(
        "s/<slug:store>/import/history/<uuid:connection>/progress",
        views.history_progress,
        name="history_progress",
    ),
]
