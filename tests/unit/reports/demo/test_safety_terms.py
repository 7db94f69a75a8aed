import pytest

from outcomes import catalog
from reports.demo.history.safety import FATAL, USUAL

VERSIONS = {"hcc": "5.0", "crc": "4.03"}


@pytest.mark.parametrize("disease", sorted(USUAL))
def test_drawn_grades_exist_in_the_version_of_the_trials(disease):
    for usual in USUAL[disease]:
        grades = catalog.grades(VERSIONS[disease], usual.term)
        assert set(range(usual.least, usual.worst + 1)) <= set(grades), usual.term


@pytest.mark.parametrize("disease", sorted(FATAL))
def test_fatal_terms_have_grade_five(disease):
    assert all(5 in catalog.grades(VERSIONS[disease], term) for term in FATAL[disease])
