# Everything runs in .venv. `make help` lists what there is.

PY := .venv/bin/python
PYTHON ?= python3
export PYTHON HOST PORT

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

# --- Try it

demo: ## the site with three made-up trials on HOST:PORT (127.0.0.1:8000)
	@bin/demo

test: dev ## the tests; what this machine lacks is skipped by name
	@bin/test

# --- Work on it

dev: ## .venv with the tools, compiled catalogs
	@bin/install requirements-dev.lock
	@$(PY) bin/compile_messages.py

test-all: dev ## the tests on both databases; a missing component fails
	@TRIALSITE_REQUIRE=all bin/test

static-checks: dev ## all of `make check` but the tests
	@bin/check

check: static-checks ## before every commit: checks, then tests with coverage
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

fix: dev ## repairs what a machine can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	.venv/bin/djlint --reformat --quiet templates

messages: dev ## takes new messages of the code into the catalogs (needs gettext)
	@bin/messages

migrations: dev ## writes migrations for changed models
	TRIALSITE_TEST=1 $(PY) manage.py makemigrations

screenshots: dev ## renews docs/screenshots from the demo
	SCREENSHOTS=1 $(PY) -m pytest tests/browser/test_pages.py

bench: dev ## measures the speed, prints a table
	$(PY) -m benchmarks

lock: ## writes the lock files from requirements*.txt
	@bin/install requirements-dev.lock
	@bin/lock

# --- Run it; settings come from the environment, see docs/operations.md

install: ## .venv with what the site needs, no tools
	@bin/install requirements.lock
	@$(PY) bin/compile_messages.py

secret-key: ## prints a new SECRET_KEY
	@$(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))'

migrate: install ## brings the database up to date
	$(PY) manage.py migrate

web: install ## the web server
	$(PY) manage.py collectstatic --noinput --verbosity 0
	exec .venv/bin/gunicorn -c python:trialsite.gunicorn trialsite.wsgi

backup: install ## one file with the database and the records, see docs/backup.md
	$(PY) manage.py backup

worker: install ## a Celery worker
	exec .venv/bin/celery --app trialsite worker --concurrency $(or $(WORKER_CONCURRENCY),2)

beat: install ## the clock that starts the nightly run; one per site
	exec .venv/bin/celery --app trialsite beat

.PHONY: help demo test dev test-all static-checks check fix messages migrations screenshots bench lock install \
  secret-key migrate backup web worker beat
