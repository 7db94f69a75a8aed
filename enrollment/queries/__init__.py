"""Reads across patients, visits and forms, as small dataclasses for pages."""
