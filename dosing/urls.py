from django.urls import path

from dosing.views import compliance, dispensing, kits, reconciliation, stock, supply, temperature

app_name = "dosing"

urlpatterns = [
    path("trials/<slug:slug>/kits/", stock.stock_list, name="stock-list"),
    path("trials/<slug:slug>/kits/receive/", stock.kits_receive, name="kits-receive"),
    path("trials/<slug:slug>/kits/send/", stock.kits_send, name="kits-send"),
    path("trials/<slug:slug>/kits/quarantine/", stock.kits_quarantine, name="kits-quarantine"),
    path("trials/<slug:slug>/kits/release/", stock.kits_release, name="kits-release"),
    path("trials/<slug:slug>/kits/destroy/", stock.kits_destroy, name="kits-destroy"),
    path(
        "trials/<slug:slug>/kits/temperature/",
        temperature.temperature_list,
        name="temperature-list",
    ),
    path("temperatures/<int:pk>/", temperature.excursion_decide, name="excursion-decide"),
    path(
        "trials/<slug:slug>/kits/reconciliation/",
        reconciliation.reconciliation_detail,
        name="reconciliation-detail",
    ),
    path(
        "trials/<slug:slug>/kits/reconciliation.csv",
        reconciliation.reconciliation_csv,
        name="reconciliation-csv",
    ),
    path("trials/<slug:slug>/kits/supply/", supply.supply_detail, name="supply-detail"),
    path("trials/<slug:slug>/kits/supply/upload/", supply.kits_upload, name="kits-upload"),
    path("trials/<slug:slug>/kits/supply/issue/", supply.kits_issue, name="kits-issue"),
    path("trials/<slug:slug>/compliance/", compliance.compliance_list, name="compliance-list"),
    path("lots/<int:pk>/kits.csv", supply.lot_list, name="lot-list"),
    path("kits/<int:pk>/", kits.kit_detail, name="kit-detail"),
    path("kits/<int:pk>/print/", kits.kit_print, name="kit-print"),
    path("kits/<int:pk>/return/", kits.kit_return, name="kit-return"),
    path("kits/<int:pk>/count/", kits.kit_count, name="kit-count"),
    path("kits/<int:pk>/loss/", kits.kit_loss, name="kit-loss"),
    path("kits/<int:pk>/patient-loss/", kits.kit_patient_loss, name="kit-patient-loss"),
    path("kits/<int:pk>/correct/", kits.kit_correct, name="kit-correct"),
    path("visits/<int:pk>/kit/", dispensing.course_dispense, name="course-dispense"),
    path("visits/<int:pk>/kit/choose/", dispensing.course_choose, name="course-choose"),
]
