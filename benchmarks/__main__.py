"""`make bench`: every speed that was promised, measured, in one table.

It never fails on a number: the table says what is met. Some minutes long; with names of parts
(`python -m benchmarks engine pages`) it measures those.
"""

import argparse
from collections.abc import Iterator

from benchmarks import audit, engine, exports, microbiome, nightly, pages, quality
from benchmarks.databases import scratch_postgresql
from benchmarks.report import Row, print_table


def run_pages() -> Iterator[Row]:
    yield from pages.run("SQLite")
    with scratch_postgresql() as url:
        if url:
            yield from pages.run("PostgreSQL", url)
        else:
            print("No PostgreSQL answers: the pages are measured on SQLite only.")


PARTS = {
    "pages": run_pages,
    "audit": audit.run,
    "exports": exports.run,
    "nightly": nightly.run,
    "engine": engine.run,
    "microbiome": microbiome.run,
    "quality": quality.run,
}

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
wanted = parser.parse_args().parts or list(PARTS)
if unknown := set(wanted) - set(PARTS):
    parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
print_table([row for name in wanted for row in PARTS[name]()])
