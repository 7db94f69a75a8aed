"""Reads about tubes."""
