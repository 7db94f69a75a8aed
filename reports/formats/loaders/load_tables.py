"""Reads the tables of an export into pandas, with types, and checks the manifest first.

    from load_tables import load
    tables = load("path/to/the/unpacked/export")
    tables["visits"]

Integers are Int64, decimals float64, dates and times datetime64 (times in UTC), codes categories
whose order is the codebook's; partial dates and texts stay text. An empty cell is missing; ND, UNK
and NA in the columns that end with _missing are codes and stay. `labels(folder)` has the meaning
of each code. Needs Python 3.11 and pandas 2.
"""

import csv
import hashlib
import json
from pathlib import Path

import pandas as pd


class Broken(Exception):
    """A file is not the one that the manifest names."""


def load(folder):
    """Table name to data frame.

    Raises:
        Broken: a file is missing or another one, or rows, columns or patients do not agree.
    """
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for file in manifest["files"]:
        _check_file(folder, file)
    columns = _codebook(folder)
    return {item["name"]: _table(folder, item, columns) for item in manifest["tables"]}


def labels(folder):
    """(table, column) to a dictionary of codes and labels."""
    return {key: _codes(line["codes"]) for key, line in _codebook(Path(folder)).items()}


def _check_file(folder, file):
    path = folder / file["name"]
    if not path.is_file():
        raise Broken(f"{file['name']} is missing")
    if hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
        raise Broken(f"{file['name']} is not the file of the manifest")


def _codebook(folder):
    with open(folder / "codebook.csv", encoding="utf-8", newline="") as file:
        return {(line["table"], line["name"]): line for line in csv.DictReader(file)}


def _table(folder, item, columns):
    # As text first: site codes have leading zeros, and NA is a code.
    text = pd.read_csv(folder / item["file"], dtype=str, keep_default_na=False, encoding="utf-8")
    frame = text.mask(text == "")
    if list(frame.shape) != [item["rows"], item["columns"]]:
        raise Broken(f"{item['name']} has {frame.shape[0]} rows and {frame.shape[1]} columns")
    if "patient" in frame and sorted(frame["patient"].dropna().unique()) != item["patients"]:
        raise Broken(f"{item['name']} lacks patients, or has others")
    typed = {name: _typed(frame[name], columns[item["name"], name]) for name in frame}
    return pd.DataFrame(typed, columns=frame.columns)


def _typed(column, line):
    kind = line["type"]
    if kind == "integer":
        return pd.to_numeric(column).astype("Int64")
    if kind == "decimal":
        return pd.to_numeric(column).astype("float64")
    if kind == "date":
        return pd.to_datetime(column, format="%Y-%m-%d")
    if kind == "datetime":
        return pd.to_datetime(column, format="%Y-%m-%dT%H:%M:%SZ", utc=True)
    codes = list(_codes(line["codes"]))
    # Several codes in one cell, with commas, stay text.
    if codes and set(column.dropna()) <= set(codes):
        return column.astype(pd.CategoricalDtype(codes))
    return column


def _codes(text):
    return dict(part.split("=", 1) for part in text.split(" | ")) if text else {}
