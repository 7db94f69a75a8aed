"""The microbiome engine at the sizes of trials, on one core.

python -m benchmarks.microbiome
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.report import Row, print_table


def run() -> Iterator[Row]:
    """In a process of its own: how many threads multiply is settled when NumPy is loaded."""
    command = [sys.executable, "-m", "benchmarks.microbiome_measured"]
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=one_thread, check=True, stdout=subprocess.PIPE, text=True)
    yield from (Row(**row) for row in json.loads(done.stdout))


if __name__ == "__main__":
    print_table(run())
