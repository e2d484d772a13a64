"""The WSGI application for granian, gunicorn or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from coderauth.installation import make_what_serving_needs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")

make_what_serving_needs()
application = get_wsgi_application()
