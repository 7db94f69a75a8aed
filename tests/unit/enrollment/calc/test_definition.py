"""Files that are refused, each with its line, table, key and reason."""

import pytest

from enrollment.calc.definition import DefinitionError, parse


def refuse(text, **known):
    with pytest.raises(DefinitionError) as caught:
        parse(text, **known)
    return caught.value.problems


def line_of(text, start):
    return next(i for i, line in enumerate(text.splitlines(), start=1) if line.startswith(start))


def edit(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


BAD = {
    "unknown key": (
        "target_size = 40",
        'colour = "red"\ntarget_size = 40',
        "trial",
        "colour",
        "not known here",
    ),
    "number as text": (
        "target_size = 40",
        'target_size = "40"',
        "trial",
        "target_size",
        "valid integer",
    ),
    "huge negative": (
        "target_size = 40",
        "target_size = -999999999999",
        "trial",
        "target_size",
        "greater than 0",
    ),
    "not a number": (
        "capsules_per_day = 6",
        "capsules_per_day = nan",
        "products, entry 1",
        "capsules_per_day",
        "valid integer",
    ),
    "prefix": (
        'number_prefix = "A"',
        'number_prefix = "AB"',
        "trial",
        "number_prefix",
        "not of the form",
    ),
    "time zone": (
        'time_zone = "Asia/Shanghai"',
        'time_zone = "Asia/../etc"',
        "trial",
        "time_zone",
        "not a time zone",
    ),
    "no such version": (
        'ctcae_version = "5.0"',
        'ctcae_version = "4.0"',
        "trial",
        "ctcae_version",
        "4.03",
    ),
    "empty text": (
        'short_title = { en = "HCC capsules, single arm"',
        'short_title = { en = " "',
        "trial",
        "short_title.en",
        "must not be empty",
    ),
    "one language": (
        'name = { en = "Study center", zh_hans = "研究中心" }',
        'name = { en = "Study center" }',
        "sites, entry 1",
        "name.zh_hans",
        "must be given",
    ),
    "site twice": ('code = "02"', 'code = "01"', "sites, entry 2", "code", "already used"),
    "no date": (
        "valid_from = 2023-01-01",
        'valid_from = "2023-02-30"',
        "consents, entry 1",
        "valid_from",
        "valid date",
    ),
    "kind and id": ('id = "E01"', 'id = "I91"', "criteria, entry 15", "id", "starts with E"),
    "day order": (
        "first_day = 1",
        "first_day = 11",
        "products, entry 1",
        "last_day",
        "before the first day",
    ),
    "past the course": (
        "last_day = 10",
        "last_day = 22",
        "products, entry 1",
        "last_day",
        "after the end of the course",
    ),
    "no dose": (
        'dose = { en = "As before enrollment, unchanged", zh_hans = "与入组前相同，不变" }',
        "",
        "background, entry 1",
        "dose",
        "either a dose or a weight band",
    ),
    "unknown drug": (
        'drugs = ["previous-ici",',
        'drugs = ["aspirin",',
        "regimens, entry 1",
        "drugs",
        "“aspirin” is not an id in background",
    ),
    "unknown track": (
        'track = "imaging"',
        'track = "scans"',
        "visits, entry 4",
        "track",
        "“scans” is not an id in tracks",
    ),
    "unknown population": (
        'population = "treated"',
        'population = "all"',
        "endpoints",
        "population",
        "“all” is not an id in populations",
    ),
    "form twice": (
        'forms = ["vital-signs", "laboratory"]',
        'forms = ["laboratory", "laboratory"]',
        "visits, entry 3",
        "forms",
        "stands twice",
    ),
    "second course track": (
        'anchor = "first_dose"',
        'anchor = "course"',
        "tracks",
        "",
        "here are 2",
    ),
    "course length": (
        "course_days = 21\ncourses = 4\n\n[[tracks]]",
        "course_days = 28\ncourses = 4\n\n[[tracks]]",
        "tracks, entry 2",
        "course_days",
        "21 days",
    ),
    "course count": (
        "courses = 4\n\n[[tracks]]",
        "courses = 5\n\n[[tracks]]",
        "tracks, entry 2",
        "courses",
        "4 courses",
    ),
    "courses off track": (
        'anchor = "first_dose"',
        'anchor = "first_dose"\ncourses = 4',
        "tracks, entry 3",
        "courses",
        "Only the track of the courses",
    ),
    "no course length": (
        "start_after_days = 3\ncourse_days = 21",
        "start_after_days = 3",
        "tracks, entry 2",
        "course_days",
        "needs this",
    ),
    "no day 1": ("\nday = 1\n", "\nday = 2\n", "tracks, entry 2", "id", "day 1"),
    "day past the course": ("day = 11", "day = 22", "visits, entry 3", "day", "days 1 to 21"),
    "window before enrollment": (
        "start_after_days = 3",
        "start_after_days = 2",
        "visits, entry 2",
        "window_before_days",
        "before enrollment",
    ),
    "screening after enrollment": (
        "window_after_days = 7",
        "window_after_days = 8",
        "visits, entry 1",
        "window_after_days",
        "day of enrollment",
    ),
    "negative day": ("day = 84", "day = -84", "visits, entry 6", "day", "below 0"),
    "count without interval": ("every_days = 42\n", "", "visits, entry 4", "count", "together"),
    "course visit repeats": (
        "day = 11",
        "day = 11\nevery_days = 3\ncount = 2",
        "visits, entry 3",
        "count",
        "repeat with the course",
    ),
    "overlap in the course": (
        "day = 11",
        "day = 7",
        "visits, entry 3",
        "window_before_days",
        "overlaps that of “day-1”",
    ),
    "overlap with itself": (
        "every_days = 42",
        "every_days = 14",
        "visits, entry 4",
        "window_before_days",
        "overlaps that of “scan”",
    ),
    "blind without randomization": (
        'blinding = "open"',
        'blinding = "double"',
        "trial",
        "blinding",
        "cannot be double blind",
    ),
    "reference date": (
        'reference_date = "first_dose"',
        'reference_date = "randomization"',
        "endpoints",
        "reference_date",
        "does not randomize",
    ),
    "reference twice": (
        '"huang-2022-regorafenib"',
        '"huang-2022-combination"',
        "references",
        "",
        "listed twice",
    ),
}


@pytest.mark.parametrize(("old", "new", "table", "key", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_single_arm_file_is_refused_with_table_key_and_reason(
    single_arm_text, old, new, table, key, reason
):
    problems = refuse(edit(single_arm_text, old, new))

    matching = [p for p in problems if (p.table, p.key) == (table, key) and reason in p.reason]
    assert matching, [str(problem) for problem in problems]


DRUG_COURSES = {
    "no code of its own": ('code = "T"\n', "", "tracks", "", "here are 2"),
    "not a background drug": (
        'moved_by = ["regorafenib", "fruquintinib"]',
        'moved_by = ["aspirin"]',
        "tracks, entry 3",
        "moved_by",
        "“aspirin” is not an id in background",
    ),
    "capsules have the main courses": (
        'moved_by = ["regorafenib", "fruquintinib"]',
        'moved_by = ["capsules"]',
        "tracks, entry 3",
        "moved_by",
        "“capsules” is not an id in background",
    ),
    "other length than the drug's": (
        "course_days = 28",
        "course_days = 27",
        "tracks, entry 3",
        "course_days",
        "cycles of 28 days",
    ),
    "in two tracks": (
        'moved_by = ["anti-pd1"]',
        'moved_by = ["anti-pd1", "fruquintinib"]',
        "tracks, entry 3",
        "moved_by",
        "Another track has “fruquintinib”",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "table", "key", "reason"), DRUG_COURSES.values(), ids=DRUG_COURSES.keys()
)
def test_bad_courses_of_a_drug_are_refused(akkermansia_text, old, new, table, key, reason):
    problems = refuse(edit(akkermansia_text, old, new))

    matching = [p for p in problems if (p.table, p.key) == (table, key) and reason in p.reason]
    assert matching, [str(problem) for problem in problems]


TWO_STAGE = """[endpoints.two_stage]
null_rate = {null}
target_rate = {target}
alpha = 0.05
beta = 0.2
goal = "optimal"
population = "{population}"

[endpoints.overrides]"""

RANDOMIZED = {
    "ratio": (
        "ratio = { study = 1, control = 1 }",
        "ratio = { study = 1, placebo = 1 }",
        "randomization",
        "ratio",
        "share for each arm",
    ),
    "block": (
        "block_sizes = [4, 6]",
        "block_sizes = [4, 5]",
        "randomization",
        "block_sizes",
        "block of 5",
    ),
    "stratum twice": (
        'id = "ecog"',
        'id = "portal-vein-invasion"',
        "randomization",
        "strata.2.id",
        "already used",
    ),
    "level twice": (
        '{ id = "1-2",',
        '{ id = "0",',
        "randomization",
        "strata.2.levels",
        "“0” is already used",
    ),
    "no blinded name": (
        "blinded_name",
        "instructions",
        "products, entry 1",
        "blinded_name",
        "give one",
    ),
    "infinite threshold": (
        "threshold_kg = 60",
        "threshold_kg = inf",
        "background, entry 1",
        "weight_band.threshold_kg",
        "finite number",
    ),
    "per protocol without a condition": (
        "minimum_compliance_percent = 80 # assumed\nwithout_major_deviation = true",
        "",
        "populations, entry 4",
        "rule",
        "Say what per protocol asks for",
    ),
    "condition of another population": (
        'rule = "randomized"',
        'rule = "randomized"\nwith_follow_up_scan = true',
        "populations, entry 1",
        "rule",
        "per_protocol only",
    ),
    "more than all capsules": (
        "minimum_compliance_percent = 80",
        "minimum_compliance_percent = 100.5",
        "populations, entry 4",
        "minimum_compliance_percent",
        "less than or equal to 100",
    ),
    "reference that is no arm": (
        "clinical_benefit_week = 24",
        'reference_arm = "placebo"\nclinical_benefit_week = 24',
        "endpoints",
        "reference_arm",
        "not an id in arms",
    ),
    "strata that are no factor": (
        "clinical_benefit_week = 24",
        'stratified_by = ["ecog", "sex"]\nclinical_benefit_week = 24',
        "endpoints",
        "stratified_by",
        "“sex” is not a factor",
    ),
    "two stages upside down": (
        "[endpoints.overrides]",
        TWO_STAGE.format(null=0.3, target=0.3, population="evaluable"),
        "endpoints",
        "two_stage.target_rate",
        "above the null rate",
    ),
    "two stages in nobody": (
        "[endpoints.overrides]",
        TWO_STAGE.format(null=0.1, target=0.3, population="all"),
        "endpoints",
        "two_stage.population",
        "not an id in populations",
    ),
    "setting that is no number": (
        "visit_window_days = 7",
        "visit_window_days = nan",
        "endpoints",
        "overrides.visit_window_days",
        "Give a number",
    ),
    "band upside down": (
        "lower_dose_mg = 8",
        "lower_dose_mg = 12",
        "background, entry 1",
        "weight_band",
        "lower of the two",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "table", "key", "reason"), RANDOMIZED.values(), ids=RANDOMIZED.keys()
)
def test_bad_randomized_file_is_refused_with_table_key_and_reason(
    randomized_text, old, new, table, key, reason
):
    problems = refuse(edit(randomized_text, old, new))

    assert [(p.table, p.key) for p in problems] == [(table, key)]
    assert reason in problems[0].reason


def test_arms_without_randomization_are_refused(randomized_text):
    start = randomized_text.index("[randomization]")
    end = randomized_text.index("# --- Eligibility")

    problems = refuse(randomized_text[:start] + randomized_text[end:])

    assert "randomization" in [problem.table for problem in problems]
    assert "more than one arm" in problems[0].reason


def test_unknown_form_is_refused_only_when_the_forms_are_known(single_arm_text):
    parse(single_arm_text)

    problems = refuse(single_arm_text, known_forms=frozenset({"laboratory"}))

    assert "There is no form “baseline”." in [problem.reason for problem in problems]


def test_unknown_reference_is_refused_only_when_the_references_are_known(single_arm_text):
    problems = refuse(single_arm_text, known_references=frozenset())

    assert len(problems) == 8
    assert problems[0].line == line_of(single_arm_text, "references")


def test_track_without_visits_is_refused(single_arm_text):
    end = single_arm_text.index("# --- Endpoints")
    track = (
        '[[tracks]]\nid = "idle"\nlabel = { en = "x", zh_hans = "x" }\n'
        'anchor = "enrollment"\nuntil = "end_of_study"\n\n'
    )

    (problem,) = refuse(single_arm_text[:end] + track + single_arm_text[end:])

    assert (problem.table, problem.key) == ("tracks, entry 5", "id")


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        pytest.param('code = "02"', 'code = "2"', 'code = "2"', id="key of the second entry"),
        pytest.param("phase = {", "fase = {", "[trial]", id="missing key, header of its table"),
        pytest.param('title.zh_hans = "口服', 'title.zh = "口服', "title.zh =", id="dotted key"),
        pytest.param('id = "scan"', 'id = "end"', None, id="second of two"),
    ],
)
def test_problem_names_its_line(single_arm_text, old, new, start):
    text = edit(single_arm_text, old, new)

    lines = [problem.line for problem in refuse(text)]

    if start is None:
        assert lines == [text[: text.rindex('id = "end"')].count("\n") + 1]
    else:
        assert line_of(text, start) in lines


def test_line_of_a_nested_table_is_its_own(randomized_text):
    text = edit(randomized_text, 'id = "ecog"', 'id = "portal-vein-invasion"')

    (problem,) = refuse(text)

    assert problem.line == text[: text.rindex('id = "portal-vein-invasion"')].count("\n") + 1


def test_key_without_a_table_header_is_found_by_its_dots():
    problems = refuse('# first\ntrial.slug = "No Slug"\n')

    assert [p.line for p in problems if (p.table, p.key) == ("trial", "slug")] == [2]


def test_syntax_error_is_refused_with_its_line():
    (problem,) = refuse('[trial]\nslug = "a"\nphase = \n')

    assert problem.line == 3
    assert "not valid TOML" in problem.reason
    assert str(problem).startswith("Line 3: The file")


def test_missing_end_of_a_text_is_refused_with_the_last_line():
    (problem,) = refuse('[trial]\nslug = """a\n')

    assert problem.line == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"size = {'9' * 5000}", id="number of 5000 digits"),
        pytest.param("size = " + "[" * 50_000, id="50 000 brackets"),
        pytest.param("day = 2023-02-30", id="February 30"),
        pytest.param("day = 0000-01-01", id="year 0"),
        pytest.param("size = １", id="full-width digit outside a text"),
        pytest.param("slug = '\x00'", id="control character"),
        pytest.param("a = 1\na = 2", id="key twice"),
    ],
)
def test_text_that_cannot_be_read_is_refused(text):
    (problem,) = refuse(text)

    assert "not valid TOML" in problem.reason


@pytest.mark.parametrize("text", ["", "# only a comment", "drop = '; DROP TABLE patient; --'"])
def test_text_without_a_trial_is_refused(text):
    assert "trial" in [problem.table for problem in refuse(text)]


def test_all_problems_of_a_file_are_told_in_the_order_of_its_lines():
    problems = refuse("[[sites]]\ncode = 1\n\n[trial]\nslug = 2\n")

    lines = [problem.line for problem in problems if problem.line]
    assert lines == sorted(lines)
    assert {"arms", "visits", "endpoints"} <= {problem.table for problem in problems}


def test_refused_entries_are_not_also_called_too_few():
    problems = refuse("[[sites]]\ncode = 1\n")

    assert not [p for p in problems if p.table == "sites" and "at least" in p.reason]


def test_empty_list_is_called_too_few(single_arm_text):
    text = edit(
        single_arm_text, 'tumor_criteria = ["recist_1_1", "mrecist"]', "tumor_criteria = []"
    )

    (problem,) = refuse(text)

    assert problem.reason == "Give at least 1 of these."


def test_problem_reads_as_one_sentence_with_its_place(single_arm_text):
    text = edit(single_arm_text, "target_size = 40", 'target_size = "many"')

    (problem,) = refuse(text)

    line = line_of(text, 'target_size = "many"')
    assert str(problem) == (
        f"Line {line}, table trial, key target_size: Input should be a valid integer, not “many”."
    )


@pytest.mark.parametrize("reader", ["investigator", "central"])
def test_reader_of_the_scans_is_named(single_arm_text, reader):
    text = edit(single_arm_text, "minimum_sd_days", f'reader = "{reader}"\nminimum_sd_days')
    assert parse(text).endpoints.reader == reader


def test_reader_is_the_investigator_where_nobody_is_named(single_arm):
    assert single_arm.endpoints.reader == "investigator"


def test_another_reader_is_refused_with_what_to_choose(single_arm_text):
    text = edit(single_arm_text, "minimum_sd_days", 'reader = "both"\nminimum_sd_days')
    [problem] = refuse(text)
    assert (problem.table, problem.key) == ("endpoints", "reader")
    assert "'investigator', 'central' or 'adjudicated'" in problem.reason
