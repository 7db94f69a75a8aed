"""ONCOLOGY's tables for one patient in loops and plain numbers: what the engine is held against.

Written from the tables, not from the engine. Sizes are in tenths of a millimeter, days count from
the start.
"""

from datetime import timedelta

NODE_LIMIT = 100
LATER = 10**6


def time_points(targets, visits, rules, *, new_at=None):
    """Sections 1.2 to 1.7. `targets`: (baseline, is node); a visit: (sizes, states), None unread.

    Gives target, nontarget and overall of each visit.
    """
    baseline = sum(size for size, _node in targets)
    nadir, had_cr, responded, found = baseline, False, False, []
    smallest = None if rules.pd_min_increase_mm is None else rules.pd_min_increase_mm * 10
    for number, (sizes, states) in enumerate(visits):
        target = _target(targets, sizes, baseline, nadir, smallest, had_cr, rules)
        nontarget = _nontarget(states, had_cr, rules)
        is_new = new_at is not None and number >= new_at
        is_pd = "PD" in (target, nontarget) or is_new
        # A response is carried on, but not into the scan that shows progression elsewhere.
        if rules.sticky_partial_response and target == "SD" and responded and not is_pd:
            target = "PR"
        responded = not is_pd and (responded or target in ("CR", "PR"))
        overall = "PD" if is_pd else _overall(target, nontarget)
        found.append((target, nontarget, overall))
        if targets and None not in sizes:
            nadir = min(nadir, sum(sizes))
        gone = (not targets or _gone(targets, sizes)) and all(s == "ABSENT" for s in states)
        had_cr = had_cr or (bool(targets or states) and gone and not is_new)
    return found


def _gone(targets, sizes):
    if None in sizes:
        return False
    limits = [NODE_LIMIT if node else 1 for _size, node in targets]
    return all(size < limit for size, limit in zip(sizes, limits, strict=True))


def _target(targets, sizes, baseline, nadir, smallest, had_cr, rules):
    if not targets:
        return ""
    if _gone(targets, sizes):
        return "CR"
    total = sum(size for size in sizes if size is not None)
    grown = total > nadir and total * 100 >= nadir * 120
    if grown and (smallest is None or total - nadir >= smallest):
        return "PD"
    pairs = [
        (size, node) for size, (_base, node) in zip(sizes, targets, strict=True) if size is not None
    ]
    back = had_cr and any(size > 0 and not node for size, node in pairs)
    node_back = had_cr and any(size >= NODE_LIMIT and node for size, node in pairs)
    if back and rules.after_complete_response == "pd":
        return "PD"
    if node_back and rules.node_after_complete_response == "pd":
        return "PD"
    if nadir == 0 and total > 0 and rules.nadir_zero == "pd":
        return "PD"
    if None in sizes:
        return "NE"
    return "PR" if total * 100 <= baseline * 70 else "SD"


def _nontarget(states, had_cr, rules):
    if not states:
        return ""
    if "UNEQUIVOCAL PROGRESSION" in states:
        return "PD"
    if had_cr and rules.after_complete_response == "pd" and "PRESENT" in states:
        return "PD"
    if all(state == "ABSENT" for state in states):
        return "CR"
    return "NE" if any(state in (None, "NOT EVALUABLE") for state in states) else "NON-CR/NON-PD"


def _overall(target, nontarget):
    if not target:
        return nontarget or "NE"
    if target == "CR" and nontarget in ("NON-CR/NON-PD", "NE"):
        return "PR"
    return target


def counted(patient, rules):
    """The records that count: one a day, the worst, after the start, before a new therapy."""
    order = ["NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD"]
    by_day = {}
    for day, response in patient["responses"]:
        if day > 0 and order.index(response) >= order.index(by_day.get(day, "NE")):
            by_day[day] = response
    therapy = patient["new_therapy"]
    if therapy is not None and rules.new_therapy != "ignore":
        last = therapy if rules.assessment_on_new_therapy_day_counts else therapy - 1
        by_day = {day: response for day, response in by_day.items() if day <= last}
    return sorted(by_day.items())


def up_to_pd(records):
    kept = []
    for day, response in records:
        kept.append((day, response))
        if response == "PD":
            break
    return kept


def confirmed(records, number, rules):
    """Section 1.9's exact test of one record: is this CR or PR confirmed by a later one?"""
    day, response = records[number]
    if response not in ("CR", "PR"):
        return False
    good = ("CR",) if response == "CR" else ("CR", "PR")
    between = []
    for later, other in records[number + 1 :]:
        if other in good and later - day >= max(rules.confirmation_days, 1):
            seen = [*between, other]
            relapsed = "CR" in seen and "PR" in seen[seen.index("CR") :]
            stable = between.count("SD") if response == "PR" else 0
            rest = [one for one in between if one not in (*good, "NE")]
            return (
                between.count("NE") <= rules.max_ne_between
                and stable <= rules.max_sd_between
                and len(rest) == stable
                and not (response == "PR" and relapsed)
            )
        between.append(other)
    return False


def best(patient, rules, *, is_confirmed):
    """Best response and its day (None without one): sections 1.8 and 1.9."""
    records = up_to_pd(counted(patient, rules))
    counts = [not is_confirmed or confirmed(records, n, rules) for n in range(len(records))]
    ranked = [
        ("CR", lambda n, day, response: response == "CR" and counts[n]),
        ("PR", lambda n, day, response: response == "PR" and counts[n]),
        (
            "SD",
            lambda n, day, response: response in ("CR", "PR", "SD") and day >= rules.min_sd_days,
        ),
        (
            "NON-CR/NON-PD",
            lambda n, day, response: response == "NON-CR/NON-PD" and day >= rules.min_sd_days,
        ),
        ("PD", lambda n, day, response: response == "PD"),
        ("NE", lambda n, day, response: response != "PD"),
    ]
    for name, holds in ranked:
        for number, (day, response) in enumerate(records):
            if holds(number, day, response):
                return name, day
    return rules.no_assessment, None


def progression_free(patient, rules):
    """Day, event and description of PFS: sections 4.1 and 4.2, a visit every 42 days."""
    records = counted(patient, rules)
    pd_day = next((day for day, response in records if response == "PD"), LATER)
    death, therapy = (
        LATER if patient[name] is None else patient[name] for name in ("death", "new_therapy")
    )
    if rules.new_therapy == "censor" and not rules.death_after_new_therapy_counts:
        death = death if death <= therapy else LATER
    event = min(pd_day, death)
    adequate = [
        day
        for day, response in records
        if day < event and (rules.adequate_assessment == "any" or response != "NE")
    ]
    last = max(adequate, default=0)
    limit = LATER
    if rules.gap == "visits":
        limit = last + rules.gap_visits * (42 + rules.visit_window_days)
    if event < LATER and event <= limit:
        return event, 1, "PD" if pd_day <= death else "DEATH"
    return last, 0, "LAST_ASSESSMENT" if adequate else "START"


def overall_survival(patient):
    if patient["death"] is not None:
        return patient["death"], 1
    seen = [day for day, _response in patient["responses"]]
    return max([0, patient["last_alive"] or 0, *seen]), 0


def days(count):
    return timedelta(days=count)
