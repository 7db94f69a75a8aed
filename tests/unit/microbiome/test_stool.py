import pytest

from microbiome.models import StoolSample

FLORA = {"had_antibiotics": "N", "had_probiotics": "N", "had_acid_blockers": "Y"}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        pytest.param(
            {"is_collected": "Y", "collected_on": "2026-01-06", "bristol_type": "7"},
            [],
            id="type 7",
        ),
        pytest.param(
            {"is_collected": "Y", "collected_on": "2026-01-06", "bristol_type": "8"},
            ["bristol_type"],
            id="no type 8",
        ),
        pytest.param(
            {"is_collected": "Y", "collected_on": "2026-01-06", "bristol_type__missing": "UNK"},
            [],
            id="type unknown",
        ),
        pytest.param({"is_collected": "N", "not_collected_reason": "forgotten"}, [], id="reason"),
        pytest.param({"is_collected": "N"}, ["not_collected_reason"], id="no reason"),
    ],
)
def test_sample_is_described_or_its_absence_explained(patient, visit, fill, values, wrong):
    entry = fill(StoolSample(patient=patient, visit=visit), FLORA | values)
    entry.is_valid()
    assert list(entry.form.errors) == wrong
