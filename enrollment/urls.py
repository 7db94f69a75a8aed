from django.urls import path

from enrollment.views import definition, entry, home, patients, visits

app_name = "enrollment"

urlpatterns = [
    path("", home.home, name="home"),
    path("trials/<slug:slug>/", patients.patient_list, name="patient-list"),
    path("trials/<slug:slug>/screening/", patients.screening_log, name="screening-list"),
    path("trials/<slug:slug>/screening/new/", patients.patient_screen, name="patient-screen"),
    path("trials/<slug:slug>/definition/", definition.definition_detail, name="definition-detail"),
    path("patients/<int:pk>/", patients.patient_detail, name="patient-detail"),
    path("patients/<int:pk>/consent/", patients.consent_record, name="consent-record"),
    path("patients/<int:pk>/enroll/", patients.patient_enroll, name="patient-enroll"),
    path("patients/<int:pk>/forms/<slug:slug>/", entry.patient_form, name="patient-form"),
    path("patients/<int:pk>/logs/<slug:slug>/", entry.log_list, name="log-list"),
    path("patients/<int:pk>/logs/<slug:slug>/new/", entry.log_form, name="log-new"),
    path("patients/<int:pk>/logs/<slug:slug>/<int:record_pk>/", entry.log_form, name="log-form"),
    path("visits/<int:pk>/", visits.visit_detail, name="visit-detail"),
    path("visits/<int:pk>/date/", visits.visit_open, name="visit-open"),
    path("visits/<int:pk>/missed/", visits.visit_miss, name="visit-miss"),
    path("visits/<int:pk>/forms/<slug:slug>/", entry.visit_form, name="visit-form"),
]
