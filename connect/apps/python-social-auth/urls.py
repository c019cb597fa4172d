from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from social_django.utils import load_strategy


def home(request):
    if not request.user.is_authenticated:
        return JsonResponse({})
    social = request.user.social_auth.get(provider="oidc")
    return JsonResponse(
        {"email": request.user.email, "username": request.user.username, "roles": social.extra_data["roles"]}
    )


def refresh(request):
    social = request.user.social_auth.get(provider="oidc")
    before = social.access_token
    social.refresh_token(load_strategy())
    return JsonResponse({"before": before, "after": social.access_token})


def sign_out(request):
    id_token = request.user.social_auth.get(provider="oidc").extra_data["id_token"]
    logout(request)
    parameters = {"id_token_hint": id_token, "post_logout_redirect_uri": request.build_absolute_uri("/")}
    return redirect(f"{settings.ISSUER}/session/end?{urlencode(parameters)}")


urlpatterns = [
    path("", home),
    path("menu", lambda request: render(request, "menu.html")),
    path("refresh", refresh),
    path("logout", sign_out),
    path("", include("social_django.urls", namespace="social")),
]
