"""The shapes of JSON answers, for the answers themselves and for the OpenAPI document."""

from rest_framework import serializers

from core.api.errors import CODES


class ProblemSerializer(serializers.Serializer):
    """An error, by RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for a person.")
    code = serializers.ChoiceField(
        [(code, said) for code, (_status, said) in CODES.items()],
        help_text="For scripts; stays the same over releases.",
    )
    parameter = serializers.CharField(
        required=False, help_text="The query parameter that was refused."
    )
    tables = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The tables that there are."
    )


class RootSerializer(serializers.Serializer):
    trials = serializers.URLField()
    openapi_json = serializers.URLField()
    openapi_yaml = serializers.URLField()


class TrialSerializer(serializers.Serializer):
    slug = serializers.CharField()
    title = serializers.CharField()
    title_zh = serializers.CharField(help_text="The title in Simplified Chinese.")
    is_blinded = serializers.BooleanField()
    sites = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the sites that you can export."
    )
    url = serializers.URLField()
    tables = serializers.URLField()
    codebook = serializers.URLField()


class TableColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name that DRF uses itself


class TableSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    rows = serializers.IntegerField(
        allow_null=True,
        help_text="Null where you may not export all sites that are counted, and where the"
        " table has no column for one of the filters.",
    )
    columns = TableColumnSerializer(many=True)
    url = serializers.URLField()
    csv = serializers.URLField()


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name that DRF uses itself


class CodebookEntrySerializer(serializers.Serializer):
    table = serializers.CharField()
    position = serializers.IntegerField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name that DRF uses itself
    type = serializers.CharField()
    unit = serializers.CharField()
    is_key = serializers.BooleanField()
    is_required = serializers.BooleanField()
    codes = CodeSerializer(many=True)
    missing_codes = CodeSerializer(many=True)
    missing_in = serializers.CharField(help_text="The column that holds the missing code.")
    minimum = serializers.CharField()
    maximum = serializers.CharField()
    usual_minimum = serializers.CharField()
    usual_maximum = serializers.CharField()
    asked_when = serializers.CharField()
    note = serializers.CharField()
    is_derived = serializers.BooleanField(help_text="Computed from other values, not entered.")
    rule_version = serializers.CharField(help_text="Of the rules by which the night derives it.")
    since = serializers.CharField(help_text="The first release that had the column.")
    sas_name = serializers.CharField(help_text="Its name in SAS transport files.")
