import pytest

from outcomes import catalog


def test_every_version_has_at_least_150_terms_in_both_languages():
    for version in catalog.VERSIONS:
        terms = catalog.terms(version)
        assert len(terms) >= 150
        assert all(term.name_zh and term.organ_class_zh for term in terms)


def test_grades_rise_from_1_to_5_at_most():
    for version in catalog.VERSIONS:
        for term in catalog.terms(version):
            assert term.grades == tuple(sorted(set(term.grades) & {1, 2, 3, 4, 5})), term
            assert term.grades, term


@pytest.mark.parametrize(
    ("version", "term", "grades"),
    [
        ("4.03", "Nausea", (1, 2, 3)),
        ("4.03", "Hyponatremia", (1, 3, 4, 5)),
        ("5.0", "Hyponatremia", (1, 2, 3, 4, 5)),
        ("5.0", "Platelet count decreased", (1, 2, 3, 4)),
        ("6.0", "Thrombocytopenia", (1, 2, 3, 4)),
        ("6.0", "Alkaline phosphatase increased", (1,)),
    ],
)
def test_grades_of_a_term_depend_on_the_version(version, term, grades):
    assert catalog.grades(version, term) == grades


@pytest.mark.parametrize(
    ("version", "term"),
    [("4.03", "Belching"), ("6.0", "Platelet count decreased"), ("3.0", "Nausea")],
)
def test_what_a_version_lacks_is_refused(version, term):
    with pytest.raises(KeyError):
        catalog.grades(version, term)


def test_other_comes_last_in_its_organ_class_and_is_known_as_such():
    terms = [term for term in catalog.terms("5.0") if term.organ_class == "Cardiac disorders"]
    assert [term.is_other for term in terms] == [False] * (len(terms) - 1) + [True]
    assert {term.name for term in catalog.terms("5.0") if term.is_other} <= set(catalog.OTHER_TERMS)


def test_names_follow_the_language():
    [nausea] = [term for term in catalog.terms("5.0") if term.name == "Nausea"]
    assert (nausea.in_language("en"), nausea.in_language("zh-hans")) == ("Nausea", "恶心")
    assert nausea.organ_class_in_language("zh-hans") == "胃肠系统疾病"


@pytest.mark.parametrize(
    ("term", "language", "name"),
    [
        ("Nausea", "zh-hans", "恶心"),
        ("Nausea", "en", "Nausea"),
        ("Something", "zh-hans", "Something"),
        ("", "zh-hans", ""),
    ],
)
def test_any_term_is_named_in_the_language_and_what_is_none_stays(term, language, name):
    assert catalog.in_language(term, language) == name
