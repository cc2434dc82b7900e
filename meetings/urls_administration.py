"""The administrators' overview and the meetings that are going on."""

from django.urls import path

from meetings import administration

urlpatterns = [
    path("", administration.overview, name="administration"),
    path("reunions/", administration.meetings, name="administration_meetings"),
    path("reunions/<uuid:meeting_id>/", administration.meeting, name="administration_meeting"),
    path(
        "reunions/<uuid:meeting_id>/terminer/",
        administration.end,
        name="administration_meeting_end",
    ),
]
