"""Where entries are sent, and what is wrong when they cannot be."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.conf import settings

from audit.models import Entry
from audit.streams.syslog import syslog_send
from audit.streams.webhook import webhook_send

Sink = Callable[[Sequence[Entry]], None]


def sinks() -> Mapping[str, Sink]:
    """Return what sends to each receiver that is configured, by name.

    Each raises SinkError if it may be that not all entries arrived.
    """
    found: dict[str, Sink] = {}
    if settings.AUDIT_WEBHOOK_URL:
        url, secret = settings.AUDIT_WEBHOOK_URL, settings.AUDIT_WEBHOOK_SECRET
        found["webhook"] = partial(webhook_send, url, secret)
    if settings.AUDIT_SYSLOG:
        found["syslog"] = partial(syslog_send, settings.AUDIT_SYSLOG)
    return found
