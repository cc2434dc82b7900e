"""Addresses of the auditors' portal. None of them carries a name."""

from django.urls import path

from auditors import (
    views,
    views_bundles,
    views_certificates,
    views_people,
    views_proofs,
    views_reasons,
    views_saved,
)

app_name = "auditors"
urlpatterns = [
    path("", views.journal, name="journal"),
    path("motif/", views_reasons.reason, name="reason"),
    path("recherche/", views.look_for, name="search"),
    path("recherches/", views_saved.overview, name="saved"),
    path("recherches/enregistrer/", views_saved.save, name="save_search"),
    path("recherches/<uuid:search_id>/", views_saved.open_search, name="saved_search"),
    path("recherches/<uuid:search_id>/supprimer/", views_saved.delete, name="delete_search"),
    path("export.csv", views.export, {"extension": "csv"}, name="export_csv"),
    path("export.jsonl", views.export, {"extension": "jsonl"}, name="export_jsonl"),
    path("export.pdf", views.export, {"extension": "pdf"}, name="export_pdf"),
    path("reunions/<uuid:meeting_id>/", views.story, name="story"),
    path(
        "reunions/<uuid:meeting_id>/attestation.pdf",
        views_certificates.certificate,
        {"extension": "pdf"},
        name="certificate_pdf",
    ),
    path(
        "reunions/<uuid:meeting_id>/attestation.json",
        views_certificates.certificate,
        {"extension": "json"},
        name="certificate_json",
    ),
    path("personnes/<uuid:person_id>/", views_people.person, name="person"),
    path("preuves/", views_proofs.overview, name="proofs"),
    path("preuves/export.zip", views_bundles.bundle, name="bundle"),
    path("reunions/<uuid:meeting_id>/preuves.zip", views_bundles.bundle, name="meeting_bundle"),
    path("preuves/verifier/", views_proofs.check, name="check"),
    path("preuves/cles.txt", views_proofs.keys, name="keys"),
    path("preuves/<int:size>.txt", views_proofs.checkpoint, name="checkpoint"),
    path("<uuid:event_id>/", views.event, name="event"),
]
