"""The only settings file. Everything that differs between installations comes from the environment.

Three modes: production (nothing said), demo (`TRIALSITE_DEMO=1`) and test (`TRIALSITE_TEST=1`,
set by conftest.py and `make check`). Production refuses to start on a setting that is missing or
unsafe. The table of variables is in docs/operations.md.
"""

import importlib.util
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Mode ------------------------------------------------------------------------------------

DEMO = env.bool("TRIALSITE_DEMO", default=False)
TEST = env.bool("TRIALSITE_TEST", default=False)
PRODUCTION = not (DEMO or TEST)

DEBUG = env.bool("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured(
        "DEBUG must be off in production: its error pages show patient data."
    )

# Everything that the process writes outside the database; ignored by git.
VAR_DIR = Path(env.str("TRIALSITE_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
# The files among it that are records and go into every backup: evidence and drill reports.
RECORDS_DIR = VAR_DIR / "records"
# Where backups go unless told; another disk is better.
BACKUP_DIR = Path(env.str("TRIALSITE_BACKUPS", default=str(VAR_DIR / "backups")))


def _demo_secret_key() -> str:
    """The key of this checkout's demo, made on first use and readable by its owner only."""
    path = VAR_DIR / "demo-secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def _production_secret_key() -> str:
    key = env.str("SECRET_KEY", default="")
    if not key:
        raise ImproperlyConfigured("SECRET_KEY is not set. Make one with `make secret-key`.")
    if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY is too short or a default. Make one with `make secret-key`."
        )
    return key


if PRODUCTION:
    SECRET_KEY = _production_secret_key()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must list the names under which the site is reached, with commas."
        )
    ALLOWED_HOSTS += ["localhost", "127.0.0.1"]  # health checks come from inside
else:
    # New in each process of the tests: a key that stands in the code opens whatever runs on it.
    SECRET_KEY = secrets.token_urlsafe(50) if TEST else _demo_secret_key()
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", env.str("HOST", default="127.0.0.1")]
    # Bound to every interface, the demo is asked for by whatever name the machine has.
    if "0.0.0.0" in ALLOWED_HOSTS:  # noqa: S104
        ALLOWED_HOSTS.append("*")

# --- Applications ----------------------------------------------------------------------------

OWN_APPS = [
    "trialsite",
    "core",
    "oversight",
    "enrollment",
    "dosing",
    "outcomes",
    "microbiome",
    "reports",
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles, so that `runserver` serves files the way gunicorn does.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    *OWN_APPS,
]

MIDDLEWARE = [
    "core.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.Utf8Middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.TimeoutMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.PermissionMiddleware",
    # Every page asks for a login unless its view says @login_not_required.
    "core.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.second_factor.SecondFactorMiddleware",
    "core.audit.middleware.AuditSourceMiddleware",
    "oversight.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "trialsite.urls"
WSGI_APPLICATION = "trialsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "debug": DEBUG or TEST,  # in tests for the coverage of templates
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trialsite.navigation.frame",
            ],
        },
    },
]

# --- Database, cache, tasks ------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE_PATH = env.str("TRIALSITE_SQLITE", default=str(VAR_DIR / "trialsite.sqlite3"))


def _database() -> dict[str, Any]:
    """PostgreSQL by DATABASE_URL, otherwise one SQLite file that bears several processes."""
    if env.str("DATABASE_URL", default=""):
        database = env.db_url("DATABASE_URL")
        if "postgresql" not in database["ENGINE"]:
            raise ImproperlyConfigured("DATABASE_URL must start with postgres://")
        return database | {
            "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=300),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": database.get("OPTIONS", {}) | {"connect_timeout": 5},
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SQLITE_PATH,
        # Opening the file anew, with all its triggers, would take longer than most pages.
        "CONN_MAX_AGE": 300,
        "OPTIONS": {
            # A write transaction takes the lock at its start: two writers wait, none fails midway.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Recursive: the audit then sees the row, too, that INSERT OR REPLACE removes.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            " PRAGMA recursive_triggers=ON;",
        },
    }


DATABASES = {"default": _database()}

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

TIME_ZONE = env.str("TRIALSITE_TIME_ZONE", default="UTC")
USE_TZ = True


def _nightly_at() -> tuple[int, int]:
    """Hour and minute, in TRIALSITE_TIME_ZONE, at which the nightly run starts."""
    text = env.str("NIGHTLY_AT", default="02:00")
    hour, _colon, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise ImproperlyConfigured(f"NIGHTLY_AT must be a time such as 02:00, not {text!r}.")
    return int(hour), int(minute)


NIGHTLY_HOUR, NIGHTLY_MINUTE = _nightly_at()

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
# A worker that is killed gives its task back; tasks are safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest task, or Redis hands a running task to a second worker.
    "visibility_timeout": int(timedelta(hours=2).total_seconds()),
    "socket_connect_timeout": 3,
}
# A page that starts a task waits about a second for a broker that is away, not for ever.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.3}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "nightly": {
        "task": "outcomes.tasks.run_nightly",
        "schedule": crontab(hour=NIGHTLY_HOUR, minute=NIGHTLY_MINUTE),
    },
    # In the morning, when the night's checks have raised their queries.
    "query-digests": {
        "task": "enrollment.tasks.send_query_digests",
        "schedule": crontab(hour=6, minute=0),
    },
    "low-stock": {
        "task": "dosing.tasks.warn_of_low_stock",
        "schedule": crontab(hour=6, minute=10),
    },
    "seal-audit": {"task": "core.tasks.seal_audit", "schedule": timedelta(minutes=1)},
    "session-time-outs": {
        "task": "core.tasks.note_session_time_outs",
        "schedule": timedelta(minutes=5),
    },
    "expired-casebooks": {
        "task": "reports.tasks.remove_expired_casebooks",
        "schedule": crontab(minute=35),
    },
    "serious-event-clocks": {
        "task": "outcomes.tasks.warn_of_clocks",
        "schedule": crontab(minute=5),
    },
}

# Without beat, the first request to write in a minute seals the audit trail.
AUDIT_SEALED_BY_REQUESTS = not REDIS_URL and not TEST

# From and until which hour, by the clock of the site, an edit is a night edit for the review.
AUDIT_NIGHT_HOURS = (
    env.int("AUDIT_NIGHT_BEGINS", default=22),
    env.int("AUDIT_NIGHT_ENDS", default=6),
)

# Fewer free kits for each arm at a site are too few for the next block of patients.
KITS_LOW_STOCK = env.int("KITS_LOW_STOCK", default=4)

# --- People and sessions ---------------------------------------------------------------------

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["core.backends.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The link of an activation letter.
PASSWORD_RESET_TIMEOUT = 24 * 3600 * env.int("ACTIVATION_DAYS", default=3)
# Failed attempts within so many minutes close an account for as many minutes.
LOCK_OUT_FAILURES = env.int("LOCK_OUT_FAILURES", default=5)
LOCK_OUT_MINUTES = env.int("LOCK_OUT_MINUTES", default=15)

# Of django-allauth we use signing in, the second factor and the list of sessions.
ACCOUNT_ADAPTER = "core.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "core.forms.sign_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # the cookie ends with the browser
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
# Per address, beside the lock-out of accounts; a hospital may share one address.
ACCOUNT_RATE_LIMITS: Any = False if TEST else {"login": "120/m/ip", "login_failed": "60/m/ip"}
MFA_ADAPTER = "core.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "core.forms.second_factor.CodeForm",
    "authenticate_webauthn": "core.forms.second_factor.PasskeyForm",
    "reauthenticate": "core.forms.second_factor.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Trialsite"
MFA_TOTP_TOLERANCE = 1  # a clock that is half a minute off
# Roles that can sign, unblind or administer: core/second_factor.py. Tests turn it on.
MFA_REQUIRED = not TEST

SESSION_ENGINE = "django.contrib.sessions.backends.db"
# core.middleware ends a session that was not used for so long, and any session after some hours.
SESSION_IDLE_SECONDS = 60 * env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_COOKIE_AGE = 3600 * env.int("SESSION_HOURS", default=12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Letters ---------------------------------------------------------------------------------

# EMAIL_URL such as smtp+tls://user:password@host:587; without it letters go to the log.
vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="trialsite@localhost")

# The site as people reach it, such as https://trials.example.org: letters link to its pages.
SITE_URL = env.str("SITE_URL", default="").rstrip("/")

# --- Browser security ------------------------------------------------------------------------

# TRIALSITE_BEHIND_TLS=0 is for a trial on an internal network without TLS. Passwords and patient
# data then cross the network in the clear.
BEHIND_TLS = PRODUCTION and env.bool("TRIALSITE_BEHIND_TLS", default=True)
SECURE_SSL_REDIRECT = BEHIND_TLS
# Without TLS, browsers offer passkeys on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS
# The proxy adds the address that it was called from to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_TLS)
# The probes of a container come over plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# The browsers' public preload list is no place for the name of a hospital's internal site.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A grid of lesions or laboratory values is one form of many fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Languages -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Static files ----------------------------------------------------------------------------


def _package_folder(package: str, folder: str) -> Path:
    """A folder inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(f"The package {package} is not installed.")
    return Path(spec.origin).parent / folder


STATIC_URL = "static/"
# Part of the code: goes into the image. Demo and tests have no such folder and need none.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # {% static "vendor/plotly/plotly.min.js" %}: the script that belongs to the installed wheel.
    ("vendor/plotly", _package_folder("plotly", "package_data")),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Demo and tests serve the files from where they lie, without `collectstatic`.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG or TEST

# --- REST ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # The first one decides between 401 and 403 for an anonymous call: a token answers 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.CallRate"],
    "EXCEPTION_HANDLER": "core.api.errors.problem_handler",
}
# Calls of one token: a number per s, min, h or day; empty for no limit.
API_RATE = env.str("API_RATE", default="" if TEST else "600/min")
if not re.fullmatch(r"([1-9]\d*/(s|min|h|day))?", API_RATE):
    raise ImproperlyConfigured(f"API_RATE must be like 600/min, not {API_RATE!r}.")
SPECTACULAR_SETTINGS = {
    "TITLE": "Trialsite",
    "DESCRIPTION": "Tables, snapshots and codebooks of the trials on this site.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reports.api.schema.add_row_schemas",
    ],
}

# --- Logging ---------------------------------------------------------------------------------

# The demo and the tests show problems only.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter", "own": OWN_APPS}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stdout",
        },
    },
    "root": {"level": LOG_LEVEL, "handlers": ["stdout"]},
    "loggers": {
        # Django gives these handlers of their own, which print paths.
        "django": {"level": LOG_LEVEL, "handlers": [], "propagate": True},
        "django.server": {"level": "ERROR", "handlers": [], "propagate": True},
        # Client errors have their line from core.middleware; this adds the tracebacks of 500s.
        "django.request": {"level": "ERROR"},
    },
}
