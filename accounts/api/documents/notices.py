"""Notices on the wire."""

from typing import Any

from rest_framework import serializers

from accounts.notices.muting import Preference
from coderauth.http.documents import Document


class NoticePreferenceDocument(Document):
    """A kind of notice, and whether its person gets it."""

    kind = serializers.CharField()
    about = serializers.CharField(help_text="When it is sent, in words.")
    on = serializers.BooleanField(help_text="Whether the person wants it.")
    sent = serializers.BooleanField(help_text="Whether this deployment sends it at all.")

    example = {
        "kind": "new_device",
        "about": "somebody signed in as me with a new device",
        "on": True,
        "sent": True,
    }


def preference_document(one: Preference) -> dict[str, Any]:
    return {"kind": one.kind, "about": one.about, "on": one.is_on, "sent": one.is_sent}
