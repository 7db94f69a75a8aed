import pytest

from outcomes.calc.ctcae_file import ListedTerm, TermsRefused, read_terms

CLASSES = ["Investigations", "Cardiac disorders"]
HEADER = ["code", "soc", "term", "grade1", "grade2", "grade3", "grade4", "grade5", "definition"]


def row(term="Weight loss", soc="Investigations", grades=("a", "b", "c", "-", "-")):
    return ["10047900", soc, term, *grades, "What it is"]


def refused(*rows):
    with pytest.raises(TermsRefused) as caught:
        read_terms(rows, organ_classes=CLASSES)
    return caught.value.problems


def test_dash_and_empty_cells_are_grades_that_do_not_exist():
    found = read_terms(
        [HEADER, row(), row("Chills", grades=("x", " - ", "–", "", None))], organ_classes=CLASSES
    )
    assert found == [
        ListedTerm("Weight loss", "Investigations", (1, 2, 3)),
        ListedTerm("Chills", "Investigations", (1,)),
    ]


@pytest.mark.parametrize(
    "header",
    [
        ["MedDRA Code", "MedDRA SOC", "CTCAE Term", *(f"Grade {n} " for n in range(1, 6)), ""],
        [
            "MedDRA v12.0 Code",
            "CTCAE v4.0 MedDRA SOC",
            "CTCAE v4.0 Term",
            *(f"Grade {n}" for n in range(1, 6)),
        ],
    ],
)
def test_headings_of_the_workbooks_are_known(header):
    title = ["Common Terminology Criteria", *[None] * 8]
    found = read_terms([title, header, row(), [None] * 9], organ_classes=CLASSES)
    assert [term.name for term in found] == ["Weight loss"]


def test_line_breaks_and_invisible_spaces_are_no_part_of_a_name():
    [found] = read_terms([HEADER, row("Weight\u200b\n loss ")], organ_classes=CLASSES)
    assert found.name == "Weight loss"


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (row(soc="Investigation"), "no system organ class"),
        (row(term=""), "1 to 120"),
        (row(term="x" * 121), "1 to 120"),
        (row(grades=("-",) * 5), "no grade"),
        (row(), "further up"),
        (row(term="WEIGHT LOSS"), "further up"),
    ],
)
def test_bad_row_is_refused_with_its_line(bad, word):
    [(line, reason)] = refused(HEADER, row(), bad)
    assert line == 3
    assert word in reason


def test_longest_name_is_taken():
    assert read_terms([HEADER, row(term="x" * 120)], organ_classes=CLASSES)


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [HEADER], [HEADER[:-2], row()]])
def test_file_without_columns_or_terms_is_refused(rows):
    assert refused(*rows)
