"""What a project that follows the framework's tutorial has: a token and a ModelSerializer."""

from typing import cast

from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = [
            "id", "username", "email", "name", "avatar_url", "status", "login_type",
            "site_roles", "created_at", "updated_at", "last_seen_at",
        ]  # fmt: skip


class Me(APIView):
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response(UserSerializer(cast("User", request.user)).data)


urlpatterns = [path("me", Me.as_view())]
