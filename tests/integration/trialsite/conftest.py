import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SAFE = {
    "SECRET_KEY": "kf8Jw2_Lq0vZr5-Ty7uNb3xGm9sDc1hPaEo6iVtWzR4yQnBjUl",
    "ALLOWED_HOSTS": "trials.hospital.example",
}


@pytest.fixture
def python(tmp_path):
    """Runs Python in a process with these variables and no others of ours."""

    def run(*arguments, **variables):
        environment = {"PATH": os.environ["PATH"], "TRIALSITE_VAR": str(tmp_path)} | variables
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def safe():
    """What production needs at the least."""
    return dict(SAFE)
