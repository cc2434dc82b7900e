"""The pages of meetings."""

from django.urls import path

from meetings import views, views_attendance, views_guest, views_room

app_name = "meetings"
urlpatterns = [
    path("", views.agenda, name="agenda"),
    path("reunions/planifier/", views.schedule, name="schedule"),
    path("reunions/maintenant/", views.meet_now, name="meet_now"),
    path("reunions/<uuid:meeting_id>/", views.detail, name="detail"),
    path("reunions/<uuid:meeting_id>/modifier/", views.change, name="change"),
    path("reunions/<uuid:meeting_id>/annuler/", views.cancel, name="cancel"),
    path("reunions/<uuid:meeting_id>/terminer/", views.end, name="end"),
    path("reunions/<uuid:meeting_id>/salle-d-attente/", views.decide_lobby, name="lobby"),
    path("reunions/<uuid:meeting_id>/presence/", views_attendance.report, name="attendance"),
    path("reunions/<uuid:meeting_id>/presence.csv", views_attendance.export, name="attendance_csv"),
    path("r/<slug:slug>/", views_room.room, name="room"),
    path("r/<slug:slug>/adresse/", views_guest.address, name="guest_address"),
    path("r/<slug:slug>/code/", views_guest.code, name="guest_code"),
]
