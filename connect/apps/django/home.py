"""The pages of an application: who is signed in, with the groups, and a menu."""

from django.http import JsonResponse
from django.shortcuts import render
from django.urls import path


def home(request):
    if not request.user.is_authenticated:
        return JsonResponse({})
    groups = list(request.user.groups.values_list("name", flat=True))
    return JsonResponse({"email": request.user.email, "roles": groups})


urlpatterns = [path("", home), path("menu", lambda request: render(request, "menu.html"))]
