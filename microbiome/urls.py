from django.urls import path

from microbiome.views import results, specimens, storage

app_name = "microbiome"
TRIAL = "trials/<slug:slug>/specimens/"

urlpatterns = [
    path(TRIAL, specimens.specimen_list, name="specimen-list"),
    path(f"{TRIAL}schedule/", specimens.specimen_schedule, name="specimen-schedule"),
    path(f"{TRIAL}mixs.csv", specimens.specimen_mixs, name="specimen-mixs"),
    path(f"{TRIAL}control/", specimens.control_add, name="control-add"),
    path(f"{TRIAL}kits/", storage.kit_list, name="kit-list"),
    path(f"{TRIAL}boxes/", storage.box_list, name="box-list"),
    path(f"{TRIAL}boxes/new/", storage.box_add, name="box-add"),
    path(f"{TRIAL}laboratories/new/", storage.laboratory_add, name="laboratory-add"),
    path(f"{TRIAL}shipments/", storage.shipment_list, name="shipment-list"),
    path(f"{TRIAL}shipments/new/", storage.shipment_new, name="shipment-new"),
    path("visits/<int:pk>/specimen/", specimens.visit_collect, name="visit-collect"),
    path("specimens/<int:pk>/", specimens.specimen_detail, name="specimen-detail"),
    path("specimens/<int:pk>/labels/", storage.specimen_labels, name="specimen-labels"),
    path("specimens/<int:pk>/<slug:act>/", specimens.specimen_act, name="specimen-act"),
    path("kit-batches/<int:pk>/labels/", storage.kit_labels, name="kit-labels"),
    path("boxes/<int:pk>/", storage.box_detail, name="box-detail"),
    path("trials/<slug:slug>/microbiome/", results.table_list, name="table-list"),
    path("feature-tables/<int:pk>/", results.table_detail, name="table-detail"),
    path("feature-tables/<int:pk>/file/", results.table_file, name="table-file"),
    path("analyses/<int:pk>/", results.analysis_detail, name="analysis-detail"),
    path("analyses/<int:pk>/<slug:which>.csv", results.analysis_csv, name="analysis-csv"),
    path("shipments/<int:pk>/", storage.shipment_detail, name="shipment-detail"),
]
