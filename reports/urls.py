from django.urls import path

from reports.views import (
    casebooks,
    dashboard,
    dashboard_arms,
    dashboard_safety,
    exports,
    printing,
    redactions,
    review,
    toxicity,
    trail,
)

app_name = "reports"

urlpatterns = [
    path(
        "patients/<int:pk>/records/<slug:slug>/<int:record_pk>.pdf",
        printing.form_pdf,
        name="form-pdf",
    ),
    path("trials/<slug:slug>/audit/", trail.audit_trail, name="audit-trail"),
    path("trials/<slug:slug>/audit/review/", review.review_detail, name="audit-review"),
    path("trials/<slug:slug>/audit/review.csv", review.review_csv, name="audit-review-csv"),
    path("trials/<slug:slug>/audit.csv", trail.audit_trail_csv, name="audit-trail-csv"),
    path("trials/<slug:slug>/audit/people/", trail.security_trail, name="security-trail"),
    path(
        "trials/<slug:slug>/audit/people.csv", trail.security_trail_csv, name="security-trail-csv"
    ),
    path(
        "trials/<slug:slug>/audit/<int:entry_pk>/redact/",
        redactions.redaction_propose,
        name="redaction-propose",
    ),
    path(
        "trials/<slug:slug>/audit/redactions/<int:pk>/",
        redactions.redaction_confirm,
        name="redaction-confirm",
    ),
    path("patients/<int:pk>/audit/", trail.patient_trail, name="patient-trail"),
    path("patients/<int:pk>/audit.csv", trail.patient_trail_csv, name="patient-trail-csv"),
    path("trials/<slug:slug>/exports/", exports.export_list, name="export-list"),
    path("trials/<slug:slug>/exports/new/", exports.export_new, name="export-new"),
    path("trials/<slug:slug>/exports/register/", exports.export_register, name="export-register"),
    path(
        "trials/<slug:slug>/codebook/<str:name>/", exports.codebook_detail, name="codebook-detail"
    ),
    path("exports/<int:pk>/", exports.export_detail, name="export-detail"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("patients/<int:pk>/casebook/", casebooks.patient_casebook, name="patient-casebook"),
    path("trials/<slug:slug>/casebooks/", casebooks.casebook_list, name="casebook-list"),
    path("sites/<int:pk>/casebook/", casebooks.site_casebook, name="site-casebook"),
    path("casebooks/<int:pk>/", casebooks.casebook_detail, name="casebook-detail"),
    path("casebooks/<int:pk>/files/<int:file_pk>/", casebooks.casebook_file, name="casebook-file"),
    path("trials/<slug:slug>/dashboard/", dashboard.dashboard_detail, name="dashboard-detail"),
    path(
        "trials/<slug:slug>/dashboard/efficacy/",
        dashboard.dashboard_efficacy,
        name="dashboard-efficacy",
    ),
    path(
        "trials/<slug:slug>/dashboard/safety/",
        dashboard_safety.dashboard_safety,
        name="dashboard-safety",
    ),
    path(
        "trials/<slug:slug>/dashboard/quality-of-life/",
        dashboard_safety.dashboard_quality_of_life,
        name="dashboard-quality-of-life",
    ),
    path("trials/<slug:slug>/dashboard/flow/", dashboard.dashboard_flow, name="dashboard-flow"),
    path(
        "trials/<slug:slug>/dashboard/toxicity/",
        toxicity.toxicity_board_detail,
        name="toxicity-board",
    ),
    path(
        "trials/<slug:slug>/dashboard/toxicity/<slug:name>.csv",
        toxicity.toxicity_csv,
        name="toxicity-csv",
    ),
    path(
        "trials/<slug:slug>/dashboard/toxicity/events/<int:pk>/",
        toxicity.toxicity_judge,
        name="toxicity-judge",
    ),
    path(
        "trials/<slug:slug>/dashboard/toxicity/cohorts/<slug:cohort>/",
        toxicity.cohort_decide,
        name="cohort-decide",
    ),
    path(
        "trials/<slug:slug>/dashboard/patients/",
        dashboard.dashboard_patients,
        name="dashboard-patients",
    ),
    path(
        "trials/<slug:slug>/dashboard/arms/", dashboard_arms.dashboard_arms, name="dashboard-arms"
    ),
    path(
        "trials/<slug:slug>/dashboard/arms/patients/",
        dashboard_arms.arms_patients,
        name="arms-patients",
    ),
    path(
        "trials/<slug:slug>/dashboard/arms/figures/<slug:name>.csv",
        dashboard_arms.arms_figure_data,
        name="arms-figure-data",
    ),
    path("trials/<slug:slug>/dashboard/run/", dashboard.run_request, name="run-request"),
    path("trials/<slug:slug>/dashboard/run/status/", dashboard.run_status, name="run-status"),
    path(
        "trials/<slug:slug>/dashboard/figures/<slug:name>.csv",
        dashboard.figure_data,
        name="figure-data",
    ),
]
