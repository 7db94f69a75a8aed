"""Plotly figures as plain JSON, made from a summary; Plotly itself runs in the browser."""
