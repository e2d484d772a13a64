"""Verdicts on passwords, on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document


class PasswordVerdictDocument(Document):
    """Whether a password is good enough."""

    valid = serializers.BooleanField()
    details = serializers.CharField(allow_blank=True, help_text="What is wrong with it.")

    example = {"valid": True, "details": ""}
