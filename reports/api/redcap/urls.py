from django.urls import path

from reports.api.redcap.views import Endpoint

app_name = "redcap"

urlpatterns = [
    path("", Endpoint.as_view(), name="endpoint"),
    # PyCap refuses an address that does not end in /api/.
    path("api/", Endpoint.as_view(), name="endpoint-api"),
]
