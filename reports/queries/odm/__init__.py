"""The trial as ODM-XML 1.3.2: metadata, and each patient's data with audit records and signatures.

A snapshot: each row of a form names the entry of the trail that made it, each item that was changed
since names the entry of its last change, and each form names the signature that holds. What was
there before stands in the table `audit`. Scope, columns and codes are those of the tables.

Source: CDISC, Specification for the Operational Data Model (ODM) 1.3.2.
"""

from reports.queries.odm.document import odm_of

__all__ = ["odm_of"]
