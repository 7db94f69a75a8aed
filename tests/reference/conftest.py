"""Published values are read in place, beside the checkout; they are not part of the project."""

import os
from pathlib import Path

import pytest

ORACLES = Path(__file__).resolve().parents[3] / "shared" / "oracles"


@pytest.fixture(scope="session")
def oracles() -> Path:
    """The folder of reference data; TRIALSITE_REQUIRE=all turns its absence into a failure."""
    if not ORACLES.is_dir():
        if os.environ.get("TRIALSITE_REQUIRE") == "all":
            pytest.fail(f"oracles are required and not at {ORACLES}")
        pytest.skip(f"oracles: no reference data at {ORACLES}")
    return ORACLES
