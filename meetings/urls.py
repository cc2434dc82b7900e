"""The pages of meetings."""

from datetime import date

from django.urls import path, register_converter

from meetings import views, views_agenda, views_attendance, views_guest, views_join, views_room
from meetings.personal_room import views as personal_room


class DayConverter:
    """A day of our century, as 2026-11-23."""

    regex = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "meetings"
urlpatterns = [
    path("", views_agenda.agenda, name="agenda"),
    path("agenda/semaine/", views_agenda.week, name="week"),
    path("agenda/semaine/<day:day>/", views_agenda.week, name="week"),
    path("agenda/liste/", views_agenda.upcoming, name="upcoming"),
    path("agenda/passees/", views_agenda.past, name="past"),
    path("agenda/recherche/", views_agenda.search, name="search"),
    path("rejoindre/", views_join.by_code, name="join_by_code"),
    path("reunions/planifier/", views.schedule, name="schedule"),
    path("reunions/maintenant/", views.meet_now, name="meet_now"),
    path("reunions/<uuid:meeting_id>/", views.detail, name="detail"),
    path("reunions/<uuid:meeting_id>/modifier/", views.change, name="change"),
    path("reunions/<uuid:meeting_id>/annuler/", views.cancel, name="cancel"),
    path("reunions/<uuid:meeting_id>/terminer/", views.end, name="end"),
    path("reunions/<uuid:meeting_id>/salle-d-attente/", views.decide_lobby, name="lobby"),
    path("reunions/<uuid:meeting_id>/presence/", views_attendance.report, name="attendance"),
    path("reunions/<uuid:meeting_id>/presence.csv", views_attendance.export, name="attendance_csv"),
    path("salle/", personal_room.room, name="personal_room"),
    path("salle/creer/", personal_room.make, name="personal_room_make"),
    path("salle/entrer/", personal_room.enter, name="personal_room_enter"),
    path("salle/changer-de-lien/", personal_room.renew, name="personal_room_renew"),
    path("r/<slug:slug>/", views_room.room, name="room"),
    path("r/<slug:slug>/adresse/", views_guest.address, name="guest_address"),
    path("r/<slug:slug>/code/", views_guest.code, name="guest_code"),
]
