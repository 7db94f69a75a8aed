"""What is said of the whole project: `project`, `version`, `arm`, `event`, `formEventMapping`,
`repeatingFormsEvents`, `dag`, `user`."""

from django.http import HttpResponse, HttpResponseBase

from core.models import Membership
from enrollment.queries.trials import current_version
from reports.api.redcap.answers import Cell, Row, object_answer, rows_answer
from reports.api.redcap.call import Call, check_known
from reports.api.redcap.events import Event, events_of
from reports.api.redcap.instruments import instruments_of, missing_labels
from reports.api.redcap.metadata import choices_text

VERSION = "14.0.0"
"""The release of REDCap whose shapes these are."""

# REDCap's rights, each 0 or 1. Whoever has a token may export and nothing else here.
_RIGHTS = (
    "design", "alerts", "user_rights", "data_access_groups", "reports", "stats_and_charts",
    "manage_survey_participants", "calendar", "data_import_tool", "data_comparison_tool",
    "logging", "file_repository", "data_quality_create", "data_quality_execute", "api_export",
    "api_import", "mobile_app", "mobile_app_download_data", "record_create", "record_rename",
    "record_delete", "lock_records_all_forms", "lock_records", "lock_records_customization",
)  # fmt: skip
_READ_ONLY, _FULL_EXPORT = 2, 1


def version(call: Call) -> HttpResponseBase:
    """Plain text, whatever the format."""
    return HttpResponse(VERSION, content_type="text/plain; charset=utf-8")


def project(call: Call) -> HttpResponseBase:
    definition = current_version(call.trial)
    loaded = definition.loaded_at.strftime("%Y-%m-%d %H:%M:%S")
    values: dict[str, Cell] = {
        "project_id": call.trial.pk,
        "project_title": call.trial.title_en,
        "creation_time": loaded,
        "production_time": loaded,
        "in_production": 1,
        "project_language": "English",
        "purpose": 2,
        "purpose_other": "",
        "project_notes": f"Trialsite: {call.trial.slug}, definition {definition.number}",
        "custom_record_label": "",
        "secondary_unique_field": "",
        "is_longitudinal": 1,
        "has_repeating_instruments_or_events": 1,
        "surveys_enabled": 0,
        "scheduling_enabled": 0,
        "record_autonumbering_enabled": 0,
        "randomization_enabled": int(definition.definition.randomization is not None),
        "ddp_enabled": 0,
        "project_irb_number": "",
        "project_grant_number": "",
        "project_pi_firstname": "",
        "project_pi_lastname": "",
        "display_today_now_button": 0,
        "missing_data_codes": choices_text(tuple(missing_labels().items())),
        "external_modules": "",
        "bypass_branching_erase_field_prompt": 0,
    }
    return object_answer(call, values)


def arm(call: Call) -> HttpResponseBase:
    """One for everybody: it is no arm of the trial."""
    _check_arms(call)
    return rows_answer(call, ["arm_num", "name"], [[1, "Arm 1"]])


def event(call: Call) -> HttpResponseBase:
    rows: list[Row] = [
        [each.label, 1, each.name, "", number] for number, each in enumerate(_events(call), start=1)
    ]
    names = ["event_name", "arm_num", "unique_event_name", "custom_event_label", "event_id"]
    return rows_answer(call, names, rows)


def form_event_mapping(call: Call) -> HttpResponseBase:
    rows: list[Row] = [[1, each.name, name] for each in _events(call) for name in each.instruments]
    return rows_answer(call, ["arm_num", "unique_event_name", "form"], rows)


def repeating_forms_events(call: Call) -> HttpResponseBase:
    """No event repeats; logs and the rows inside forms do."""
    instruments = instruments_of(call)
    repeats = {item.name for item in instruments if item.repeats}
    rows: list[Row] = [
        [each.name, name, ""]
        for each in events_of(call, instruments)
        for name in each.instruments
        if name in repeats
    ]
    return rows_answer(call, ["event_name", "form_name", "custom_form_label"], rows)


def dag(call: Call) -> HttpResponseBase:
    """The sites at which the person may export."""
    sites = call.scope.exportable_sites.order_by("code")
    rows: list[Row] = [[site.name_en, site.code, site.pk] for site in sites]
    names = ["data_access_group_name", "unique_group_name", "data_access_group_id"]
    return rows_answer(call, names, rows)


def user(call: Call) -> HttpResponseBase:
    """The person of the token; a page of the trial lists the others for those who may see them."""
    held = Membership.objects.current_for(call.user).filter(trial=call.trial)
    sites = {membership.site for membership in held.select_related("site")}
    group = sites.pop() if len(sites) == 1 else None
    names = [item.name for item in instruments_of(call)]
    values: dict[str, Cell] = {
        "username": call.user.username,
        "email": call.user.email,
        "firstname": "",
        "lastname": str(call.user),
        "expiration": call.token.expires_at.date().isoformat(),
        "data_access_group": group.code if group is not None else "",
        "data_access_group_id": group.pk if group is not None else "",
        **{right: int(right == "api_export") for right in _RIGHTS},
        "forms": _rights(call, names, _READ_ONLY),
        "forms_export": _rights(call, names, _FULL_EXPORT),
    }
    return rows_answer(call, list(values), [list(values.values())])


def _rights(call: Call, names: list[str], right: int) -> Cell:
    """An object in JSON, `form:1,form:1` in CSV."""
    if call.format == "json":
        return dict.fromkeys(names, right)
    return ",".join(f"{name}:{right}" for name in names)


def _events(call: Call) -> list[Event]:
    _check_arms(call)
    return events_of(call, instruments_of(call))


def _check_arms(call: Call) -> None:
    """
    Raises:
        Refusal: another arm than REDCap's first is asked for.
    """
    check_known("arms", call.listed("arms"), {"1"})
