"""Requirements, the tests that show them, and the evidence of running them where it counts.

`requirements` reads docs/requirements, `trace` writes the matrix, `checks` looks at the
installation, `tests` runs the linked tests in a scratch database, `evidence` writes the report.
"""
