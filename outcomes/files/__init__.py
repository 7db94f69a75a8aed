"""The engine on CSV files, without a database: `manage.py derive`.

Each module is one derivation: its columns, its options, and the calc function that it calls. The
columns are those of the reference programs, so that a statistician can compare line by line.
"""
