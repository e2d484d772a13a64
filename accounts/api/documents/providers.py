"""Sign-ins with a provider, on the wire."""

from rest_framework import serializers

from coderauth.http.documents import Document


class RedirectDocument(Document):
    """Where to go after a sign-in with the device flow."""

    redirect_url = serializers.CharField()

    example = {"redirect_url": "/"}


class DeviceDocument(Document):
    """A sign-in that waits for somebody to type a code at GitHub (RFC 8628 3.2)."""

    device_code = serializers.CharField()
    user_code = serializers.CharField(help_text="The code to type.")
    verification_uri = serializers.CharField(help_text="Where to type it.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    interval = serializers.IntegerField(help_text="Seconds between two polls.")

    example = {
        "device_code": "3584d83530557fdd1f46af8289938c8ef79f9dc5",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://github.com/login/device",
        "expires_in": 899,
        "interval": 5,
    }
