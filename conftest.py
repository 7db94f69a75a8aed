"""Sets up Django for the suite, which never touches a database that is named in the shell.

pytest-django would read the settings before any conftest; so pyproject.toml does not name them.
"""

import os

import django
from hypothesis import HealthCheck, settings

from tests.components import postgresql_url

_LEFT_ALONE = {"TRIALSITE_REQUIRE", "TRIALSITE_TEST_ON"}
_OURS = {"DATABASE_URL", "REDIS_URL", "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "NIGHTLY_AT"}

for name in list(os.environ):
    if name in _OURS or (name.startswith("TRIALSITE_") and name not in _LEFT_ALONE):
        del os.environ[name]

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("trialsite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("trialsite")

os.environ["TRIALSITE_TEST"] = "1"
if os.environ.get("TRIALSITE_TEST_ON") == "postgresql":
    os.environ["DATABASE_URL"] = postgresql_url()

os.environ["DJANGO_SETTINGS_MODULE"] = "trialsite.settings"
django.setup()
