"""`/users/first`: whether there is a user yet, and the first owner."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.first_user import FirstUserDocument
from accounts.api.shapes.first_user import FirstUserCreate
from accounts.people.creation import NewUser, first_user_create, first_user_exists
from accounts.people.setup import require_setup
from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public


class FirstUserViewSet(ApiViewSet):
    """The first owner of a new installation."""

    access: ClassVar[dict[str, Access]] = {
        "retrieve": Public("clients ask whether the installation is new"),
        "create": Public("there is nobody yet who could sign in"),
    }

    @operation(
        "Say whether there is a user yet",
        description="404 says that the installation is new.",
        answers={
            200: message("The initial user has already been created!"),
            404: message("The initial user has not been created!"),
        },
    )
    def retrieve(self, request: Request) -> Response:
        if first_user_exists():
            return Response({"message": "The initial user has already been created!"})
        return Response({"message": "The initial user has not been created!"}, status=404)

    @operation(
        "Make the first owner",
        body=FirstUserCreate,
        answers={201: FirstUserDocument},
        refuses=("weak_password", "first_user_exists", "setup_secret_required", "busy"),
    )
    def create(self, request: Request) -> Response:
        body = self.body(FirstUserCreate)
        if not first_user_exists():  # Otherwise there is nothing to guard, and Conflict says so.
            require_setup(is_nearby=self.is_nearby, shown=body["setup_secret"])
        user, organization = first_user_create(
            NewUser(
                email=body["email"],
                username=body["username"],
                name=body["name"],
                password=body["password"],
            )
        )
        return Response(
            {"user_id": str(user.pk), "organization_id": str(organization.pk)}, status=201
        )
