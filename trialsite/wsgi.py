"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialsite.settings")

application = get_wsgi_application()

from trialsite.safety import refuse_unsafe_start  # noqa: E402 - needs the models

refuse_unsafe_start()
