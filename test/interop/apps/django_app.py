"""A Django project in memory for the two libraries that need one: settings of its own, a database file, pages that show the person."""

import os
import tempfile
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.http import HttpResponse, JsonResponse

BASE_URL = os.environ["BASE_URL"]
ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]


def configure(apps, urls, middleware=(), **library_settings):
    """Settings of a new project, with those of the library; `urls` names the module with the URL patterns."""
    settings.configure(
        ALLOWED_HOSTS=["localhost"],
        SECRET_KEY="a long random string",
        ROOT_URLCONF=urls,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", *apps],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            *middleware,
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(tempfile.mkdtemp(), "db.sqlite3"),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_REDIRECT_URL="/user",
        LOGOUT_REDIRECT_URL="/",
        **library_settings,
    )
    django.setup()


def home(request):
    return HttpResponse("signed in" if request.user.is_authenticated else "signed out")


def user(request):
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    person = request.user
    return JsonResponse(
        {"username": person.username, "email": person.email, "name": f"{person.first_name} {person.last_name}".strip()}
    )


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def serve():
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    port = int(os.environ["PORT"])
    make_server("127.0.0.1", port, get_wsgi_application(), handler_class=QuietHandler).serve_forever()
