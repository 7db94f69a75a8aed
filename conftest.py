"""Runs before Django reads its settings: the suite never touches a database named in the shell."""

import os

os.environ["TRIALSITE_TEST"] = "1"
for name in ("TRIALSITE_DEMO", "DATABASE_URL", "REDIS_URL", "TRIALSITE_SQLITE"):
    os.environ.pop(name, None)
