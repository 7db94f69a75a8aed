"""`make bench`: every speed that was promised, measured, in one table.

It never fails on a number: the table says what is met. Some minutes long.
"""

from benchmarks import audit, engine, exports, microbiome, nightly, pages, quality
from benchmarks.databases import scratch_postgresql
from benchmarks.report import print_table

rows = pages.run("SQLite")
with scratch_postgresql() as url:
    if url:
        rows += pages.run("PostgreSQL", url)
    else:
        print("No PostgreSQL answers: the pages are measured on SQLite only.")
rows += [
    *audit.run(),
    *exports.run(),
    *nightly.run(),
    *engine.run(),
    *microbiome.run(),
    *quality.run(),
]
print_table(rows)
