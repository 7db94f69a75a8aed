"""The microbiome engine on CSV files, without a database: `manage.py microbiome`.

Each module is one command or a few alike: columns, options, and the calc function that it calls.
"""
