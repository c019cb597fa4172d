from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import Group
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class WithRoles(OIDCAuthenticationBackend):
    """Makes each role a group of Django."""

    def create_user(self, claims):
        return self.update_user(super().create_user(claims), claims)

    def update_user(self, user, claims):
        user.groups.set(Group.objects.get_or_create(name=role)[0] for role in claims.get("roles", []))
        return user


def logout_url(request):
    parameters = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": request.build_absolute_uri(settings.LOGOUT_REDIRECT_URL),
    }
    return f"{settings.ISSUER}/session/end?{urlencode(parameters)}"
