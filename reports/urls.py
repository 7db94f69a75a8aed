from django.urls import path

from reports.views import dashboard, exports

app_name = "reports"

urlpatterns = [
    path("trials/<slug:slug>/exports/", exports.export_list, name="export-list"),
    path("trials/<slug:slug>/dashboard/", dashboard.dashboard_detail, name="dashboard-detail"),
    path("trials/<slug:slug>/dashboard/run/", dashboard.run_request, name="run-request"),
    path("trials/<slug:slug>/dashboard/run/status/", dashboard.run_status, name="run-status"),
    path(
        "trials/<slug:slug>/dashboard/figures/<slug:name>.csv",
        dashboard.figure_data,
        name="figure-data",
    ),
]
