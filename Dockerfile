# Web server, worker and beat: one image, three commands (docker-compose.yml).
FROM debian:bookworm-slim

RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 python3-venv postgresql-client \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --home-dir /var/lib/trialsite --create-home trialsite

WORKDIR /srv/trialsite
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/srv/trialsite/.venv/bin:$PATH \
  TRIALSITE_VAR=/var/lib/trialsite HOST=0.0.0.0 PORT=8000

# Before the code, so that a change of code does not install anew.
COPY requirements.lock ./
RUN python3 -m venv .venv \
  && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY . .
# Settings are read, so they must be right; this key is gone with the command.
RUN python bin/compile_messages.py \
  && SECRET_KEY="$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')" \
     ALLOWED_HOSTS=image.invalid TRIALSITE_VAR=/tmp/build \
     python manage.py collectstatic --noinput --verbosity 0 \
  && rm -rf /tmp/build

USER trialsite
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s \
  CMD ["python", "bin/answers.py", "127.0.0.1", "8000"]
CMD ["gunicorn", "-c", "python:trialsite.gunicorn", "trialsite.wsgi"]
