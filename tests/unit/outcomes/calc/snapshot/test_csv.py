import pandas as pd

from outcomes.calc.snapshot.csv import to_csv


def test_values_are_written_the_same_on_every_machine():
    table = pd.DataFrame(
        {
            "patient": ["A01", "A,02"],
            "day": pd.to_datetime(["2026-01-31", None]),
            "mm": [0.1 + 0.2, None],
            "flag": [True, False],
        }
    )
    assert to_csv(table) == 'patient,day,mm,flag\nA01,2026-01-31,0.3,Y\n"A,02",,,N\n'


def test_table_without_rows_keeps_its_header():
    assert to_csv(pd.DataFrame(columns=["a", "b"])) == "a,b\n"
