# A web app on django-allauth, as its documentation shows the OpenID Connect provider. SETTINGS holds further settings.
import json
import os

from django_app import CLIENT_ID, CLIENT_SECRET, ISSUER, configure, home, serve, user

configure(
    [
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    "__main__",
    middleware=[
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    SOCIALACCOUNT_PROVIDERS={
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "consentry",
                    "name": "Consentry",
                    "client_id": CLIENT_ID,
                    "secret": CLIENT_SECRET,
                    "settings": {"server_url": ISSUER, **json.loads(os.environ["SETTINGS"])},
                }
            ]
        }
    },
)

from django.urls import include, path  # noqa: E402

urlpatterns = [path("accounts/", include("allauth.urls")), path("user", user), path("", home)]
serve()
