from django.http import JsonResponse
from django.shortcuts import render
from django.urls import include, path


def home(request):
    return JsonResponse({"email": request.user.email} if request.user.is_authenticated else {})


urlpatterns = [path("", home), path("menu", lambda request: render(request, "menu.html"))]
# Paste: urls.py
