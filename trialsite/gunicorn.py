"""gunicorn's configuration: `gunicorn -c python:trialsite.gunicorn trialsite.wsgi`."""

import gc
import os
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Loaded once and forked: less memory, and an unsafe start ends the whole server with its reason.
preload_app = True
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 30
# Replaced now and then, not all at once: a leak in a numerical library stays small.
max_requests = 5000
max_requests_jitter = 500

# A way to steer the server over a socket in the home folder, which two sites would share.
control_socket_disable = True

# Each request has a line in our own log (core.middleware); this one would hold the path.
accesslog = None
LEVEL = "WARNING" if os.environ.get("TRIALSITE_DEMO") else "INFO"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter", "own": ["trialsite"]}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"level": "WARNING", "handlers": ["stdout"]},
    "loggers": {
        "gunicorn.error": {"level": LEVEL, "handlers": ["stdout"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}


def when_ready(server: Any) -> None:
    """What is loaded by now stays: collecting garbage need not look through it in every worker.

    Without this, every few pages one waits some 60 ms for a full collection. A page makes some
    ten thousand objects, so that with Python's own threshold each would collect a dozen times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
