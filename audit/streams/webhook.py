"""Send entries to a web address: CloudEvents 1.0 in batches, signed as Standard Webhooks are."""

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Any, Final

import httpx2
import orjson
from django.conf import settings

from audit.documents import document
from audit.models import Entry
from audit.streams.errors import SinkError

# Seconds for connecting, and for each step of sending and of the answer's head.
PATIENCE: Final = 10.0
CONTENT_TYPE: Final = "application/cloudevents-batch+json"
_ENCODED = "whsec_"


def webhook_send(url: str, secret: str, entries: Sequence[Entry]) -> None:
    """Post entries as one batch; raises SinkError unless the answer is a 2xx.

    Whoever receives them may get an entry more than once, with the same id: the answer may be lost.
    Redirects are not followed, because the signature is for this address. Of the answer, only the
    status is read.
    """
    body = orjson.dumps([cloud_event(entry) for entry in entries])
    identifier = f"audit-{entries[0].sequence}-{entries[-1].sequence}"
    moment = str(int(time.time()))
    headers = {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": identifier,
        "webhook-timestamp": moment,
        "webhook-signature": signature(secret, identifier, moment, body),
    }
    try:
        with (
            httpx2.Client(timeout=PATIENCE, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except httpx2.HTTPError as error:
        raise SinkError(f"the webhook cannot be reached: {type(error).__name__}") from error
    if not 200 <= status < 300:
        raise SinkError(f"the webhook answered {status}")


def cloud_event(entry: Entry) -> dict[str, Any]:
    """Return an entry in the envelope of CloudEvents 1.0."""
    told = document(entry)
    return {
        "specversion": "1.0",
        "id": told["id"],
        "source": settings.ACCESS_URL,
        "type": f"coderauth.audit.{entry.resource_type}.{entry.action}",
        "subject": entry.resource_id or entry.resource_target or None,
        "time": told["at"],
        "sequence": str(entry.sequence),
        "datacontenttype": "application/json",
        "data": told,
    }


def signature(secret: str, identifier: str, moment: str, body: bytes) -> str:
    """Return the signature of a message (Standard Webhooks 1.0, HMAC-SHA256)."""
    key = key_of(secret)
    digest = hmac.digest(key, f"{identifier}.{moment}.".encode() + body, "sha256")
    return f"v1,{b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret: `whsec_` and Base64, or else the text itself."""
    if secret.startswith(_ENCODED):
        try:
            return b64decode(secret.removeprefix(_ENCODED), validate=True)
        except Error:
            pass  # A text that only begins so.
    return secret.encode()
