from django.urls import path
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularJSONAPIView,
    SpectacularYAMLAPIView,
)

from reports.api.views import codebook, odm, tables, trials

app_name = "api"

urlpatterns = [
    path("", trials.Root.as_view(), name="root"),
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi-json"),
    path("openapi.yaml", SpectacularYAMLAPIView.as_view(), name="openapi-yaml"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("trials/", trials.TrialList.as_view(), name="trial-list"),
    path("trials/<slug:slug>/", trials.TrialDetail.as_view(), name="trial-detail"),
    path("trials/<slug:slug>/codebook.csv", codebook.CodebookCsv.as_view(), name="codebook-csv"),
    path(
        "trials/<slug:slug>/data-dictionary.csv",
        codebook.DataDictionaryCsv.as_view(),
        name="data-dictionary-csv",
    ),
    path("trials/<slug:slug>/codebook/", codebook.Codebook.as_view(), name="codebook"),
    path("trials/<slug:slug>/odm.xml", odm.OdmXml.as_view(), name="odm"),
    path("trials/<slug:slug>/tables/", tables.TableList.as_view(), name="table-list"),
    path("trials/<slug:slug>/tables/<str:name>.csv", tables.TableCsv.as_view(), name="table-csv"),
    path(
        "trials/<slug:slug>/tables/<str:name>/", tables.TableDetail.as_view(), name="table-detail"
    ),
]
