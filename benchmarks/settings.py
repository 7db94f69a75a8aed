"""The site's settings, with a bare view to compare with and a count of queries in each answer."""

from trialsite.settings import *  # noqa: F403
from trialsite.settings import MIDDLEWARE as SITE_MIDDLEWARE

ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = ["benchmarks.bare.count_queries", *SITE_MIDDLEWARE]
