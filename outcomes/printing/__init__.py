"""Printed reports of this app. They load reportlab: views import them by `core.lazy.load`."""
