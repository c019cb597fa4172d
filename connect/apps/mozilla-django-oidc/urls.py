from django.http import JsonResponse
from django.shortcuts import render
from django.urls import include, path


def home(request):
    if not request.user.is_authenticated:
        return JsonResponse({})
    roles = list(request.user.groups.values_list("name", flat=True))
    return JsonResponse({"email": request.user.email, "roles": roles})


urlpatterns = [
    path("", home),
    path("menu", lambda request: render(request, "menu.html")),
    path("oidc/", include("mozilla_django_oidc.urls")),
]
