"""The answer about the first owner, on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document
from coderauth.http.examples import ORGANIZATION_ID, PERSON_ID


class FirstUserDocument(Document):
    """The first owner, and their organization."""

    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()

    example = {"user_id": PERSON_ID, "organization_id": ORGANIZATION_ID}
