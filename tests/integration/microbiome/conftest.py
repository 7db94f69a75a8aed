import pandas as pd
import pytest
from django.core.management import call_command


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def analyze(tmp_path):
    """Runs `manage.py microbiome` and gives back the table that it writes."""

    def run(command, counts, *options):
        out = tmp_path / "out.csv"
        words = [command, "--counts", counts, *options, "--out", out]
        call_command("microbiome", *map(str, words))
        return pd.read_csv(out, keep_default_na=False, na_values=[""])

    return run
