# A web app on python-social-auth and Django, as the documentation shows its OpenID Connect backend. SETTINGS holds further settings.
import json
import os

from django_app import CLIENT_ID, CLIENT_SECRET, ISSUER, configure, home, serve, user

configure(
    ["social_django"],
    "__main__",
    AUTHENTICATION_BACKENDS=[
        "social_core.backends.open_id_connect.OpenIdConnectAuth",
        "django.contrib.auth.backends.ModelBackend",
    ],
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=ISSUER,
    SOCIAL_AUTH_OIDC_KEY=CLIENT_ID,
    SOCIAL_AUTH_OIDC_SECRET=CLIENT_SECRET,
    SOCIAL_AUTH_URL_NAMESPACE="social",
    **json.loads(os.environ["SETTINGS"]),
)

from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402


def login(request):
    return HttpResponse('<form method="post" action="/auth/login/oidc/"><button>Sign in</button></form>')


def refresh(request):
    from social_django.utils import load_strategy

    account = request.user.social_auth.get(provider="oidc")
    account.refresh_token(load_strategy(request))
    return JsonResponse({"subject": account.uid})


urlpatterns = [
    path("auth/", include("social_django.urls")),
    path("login", login),
    path("refresh", refresh),
    path("user", user),
    path("", home),
]
serve()
