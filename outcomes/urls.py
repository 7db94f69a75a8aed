from django.urls import path

from outcomes.views import central, laboratory, limits, readings, serious, tumor

app_name = "outcomes"

urlpatterns = [
    path("trials/<slug:slug>/normal-limits/", limits.limits_list, name="limits-list"),
    path("trials/<slug:slug>/normal-limits/upload/", limits.limits_upload, name="limits-upload"),
    path("trials/<slug:slug>/normal-limits.csv", limits.limits_csv, name="limits-csv"),
    path("normal-limits/<int:pk>/", limits.limits_change, name="limits-change"),
    path(
        "trials/<slug:slug>/laboratory-import/",
        laboratory.laboratory_import,
        name="laboratory-import",
    ),
    path("trials/<slug:slug>/scans/", central.reading_list, name="reading-list"),
    path("scans/<int:pk>/", central.reading_form, name="reading-form"),
    path("scans/<int:pk>/live/", central.reading_addition, name="reading-addition"),
    path(
        "trials/<slug:slug>/two-readings/", readings.discordance_detail, name="discordance-detail"
    ),
    path("patients/<int:pk>/two-readings/", readings.reading_compare, name="reading-compare"),
    path("patients/<int:pk>/tumor/", tumor.tumor_detail, name="tumor-detail"),
    path("trials/<slug:slug>/serious-events/", serious.serious_list, name="serious-list"),
    path("trials/<slug:slug>/serious-events.csv", serious.serious_csv, name="serious-csv"),
    path("serious-events/<int:pk>/", serious.serious_detail, name="serious-detail"),
    path("serious-events/<int:pk>/start/", serious.serious_start, name="serious-start"),
    path("serious-events/<int:pk>/submit/", serious.serious_submit, name="serious-submit"),
    path(
        "serious-events/<int:pk>/reports/<int:version>.pdf",
        serious.serious_pdf,
        name="serious-pdf",
    ),
]
