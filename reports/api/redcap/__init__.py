"""`/api/redcap/`: the exports of the tables in the words of REDCap's API, for scripts that know it.

The project is the trial, a record is a patient, an event is a visit. Rights, rows and columns are
those of `/api/v1/`. What is mapped to what: docs/exports.md.
"""
