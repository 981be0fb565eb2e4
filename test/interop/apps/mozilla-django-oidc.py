# A web app on mozilla-django-oidc, as its documentation shows the installation. SETTINGS holds further settings of the library.
import json
import os

from django_app import CLIENT_ID, CLIENT_SECRET, ISSUER, configure, home, serve, user

configure(
    ["mozilla_django_oidc"],
    "__main__",
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    OIDC_RP_CLIENT_ID=CLIENT_ID,
    OIDC_RP_CLIENT_SECRET=CLIENT_SECRET,
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/jwks",
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/auth",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/userinfo",
    **json.loads(os.environ["SETTINGS"]),
)

from django.urls import include, path  # noqa: E402

urlpatterns = [path("oidc/", include("mozilla_django_oidc.urls")), path("user", user), path("", home)]

serve()
