from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import include, path


def home(request):
    if not request.user.is_authenticated:
        return JsonResponse({})
    account = request.user.socialaccount_set.get()
    return JsonResponse({"email": request.user.email, "roles": account.extra_data["userinfo"]["roles"]})


def sign_out(request):
    logout(request)
    parameters = {
        "client_id": settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["client_id"],
        "post_logout_redirect_uri": request.build_absolute_uri("/"),
    }
    return redirect(f"{settings.ISSUER}/session/end?{urlencode(parameters)}")


urlpatterns = [
    path("", home),
    path("logout", sign_out),
    path("accounts/", include("allauth.urls")),
]
