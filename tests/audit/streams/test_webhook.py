"""The audit is sent to a web address: whole, signed, in order, and from where it was left off."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from audit.chain import seal
from audit.models import Chain, Entry, Stream
from audit.records import record
from audit.retention import entries_prune
from audit.streams import sending
from audit.streams.sending import streams_send
from audit.streams.webhook import key_of
from tests.audit.streams.receiver import SECRET, Receiver, receiver
from tests.servers import free_port
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(settings: Settings) -> Iterator[Receiver]:
    with receiver() as server:
        settings.AUDIT_WEBHOOK_URL, settings.AUDIT_WEBHOOK_SECRET = server.url, SECRET
        yield server


def recorded(count: int, **fields: Any) -> None:
    """Record some acts and chain them."""
    for number in range(count):
        record(action="create", resource_type="user", resource_target=f"u{number}", **fields)
    seal()


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def test_each_entry_is_sent_once_in_the_order_of_the_chain(hook: Receiver) -> None:
    recorded(3)
    assert streams_send() == 3
    recorded(2)
    assert streams_send() == 2
    assert streams_send() == 0
    assert hook.sequences == [1, 2, 3, 4, 5]
    assert hook.is_signed


def test_an_event_is_the_whole_entry_in_its_envelope(hook: Receiver) -> None:
    recorded(1, additional_fields={"page": "/x"}, status_code=201)
    streams_send()
    ((event,),) = hook.batches
    entry = Entry.objects.get()
    data = event.pop("data")
    assert event == {
        "specversion": "1.0",
        "id": str(entry.pk),
        "source": "http://127.0.0.1:3000",
        "type": "coderauth.audit.user.create",
        "subject": "u0",
        "time": data["at"],
        "sequence": "1",
        "datacontenttype": "application/json",
    }
    assert (data["hash"], data["additional_fields"]) == (entry.hash, {"page": "/x"})
    assert hook.fields[0]["content-type"] == "application/cloudevents-batch+json"
    assert hook.fields[0]["webhook-id"] == "audit-1-1"


def test_what_is_not_chained_yet_waits(hook: Receiver) -> None:
    record(action="create", resource_type="user")
    assert streams_send() == 0
    seal()
    assert streams_send() == 1


def test_many_are_sent_in_batches(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 4)
    recorded(10)
    assert streams_send() == 10
    assert [len(batch) for batch in hook.batches] == [4, 4, 2]
    assert hook.sequences == [*range(1, 11)]


@pytest.mark.parametrize("status", [500, 503, 404, 401, 400, 301, 307])
def test_a_receiver_that_refuses_is_asked_again_ever_later(
    settings: Settings, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(status, status) as hook:
        settings.AUDIT_WEBHOOK_URL, settings.AUDIT_WEBHOOK_SECRET = hook.url, SECRET
        recorded(2)
        with caplog.at_level(logging.WARNING):
            assert streams_send() == 0
            assert streams_send() == 0  # Not yet.
            with later(6):
                assert streams_send() == 0
            with later(12):
                assert streams_send() == 0
        assert len(hook.fields) == 2
        stream = Stream.objects.get()
        assert (stream.failures, stream.last_error) == (2, f"the webhook answered {status}")
        assert caplog.text.count("waits: the webhook answered") == 1
        with later(18):
            assert streams_send() == 2
    assert hook.sequences == [1, 2]
    stream.refresh_from_db()
    assert (stream.failures, stream.last_error) == (0, "")


def test_a_receiver_that_is_not_there_loses_nothing(settings: Settings) -> None:
    settings.AUDIT_WEBHOOK_URL = f"http://127.0.0.1:{free_port()}/"
    settings.AUDIT_WEBHOOK_SECRET = SECRET
    recorded(1)
    assert streams_send() == 0
    assert Stream.objects.get().last_error == "the webhook cannot be reached: ConnectError"
    with receiver() as hook, later(6):
        settings.AUDIT_WEBHOOK_URL = hook.url
        assert streams_send() == 1
    assert hook.sequences == [1]


def test_a_sender_that_died_is_followed_by_another(hook: Receiver) -> None:
    recorded(1)
    Stream.objects.create(name="webhook", taken_until=timezone.now() + timedelta(seconds=60))
    assert streams_send() == 0
    with later(61):
        assert streams_send() == 1


def test_what_retention_deleted_is_skipped_and_told(
    hook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    recorded(1)
    streams_send()
    recorded(3)
    with later(7200), caplog.at_level(logging.WARNING):
        entries_prune(keep=timedelta(hours=1))
        seal()
        assert streams_send() == 1  # That they were deleted.
    assert hook.sequences == [1, 5]
    assert "Retention deleted entries after 1" in caplog.text


def test_without_a_receiver_nothing_is_asked(django_assert_num_queries: Any) -> None:
    recorded(1)
    with django_assert_num_queries(0):
        assert streams_send() == 0


def test_a_secret_may_be_written_in_base64() -> None:
    assert key_of(f"whsec_{b64encode(b'secret').decode()}") == b"secret"
    assert key_of("whsec_not base64") == b"whsec_not base64"
    assert key_of("plain") == b"plain"


def test_the_command_tells_how_far_each_stream_is(hook: Receiver) -> None:
    recorded(2)
    out = StringIO()
    call_command("audit", "stream", "--json", stdout=out)
    assert '"behind": 2' in out.getvalue()
    streams_send()
    out = StringIO()
    call_command("audit", "stream", stdout=out)
    assert "webhook" in out.getvalue()
    assert Chain.current().head_sequence == Stream.objects.get().sent_sequence


def test_the_command_says_when_there_is_none() -> None:
    out = StringIO()
    call_command("audit", "stream", stdout=out)
    assert "There is no stream: set CODERAUTH_AUDIT_WEBHOOK_URL" in out.getvalue()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_senders_at_once_send_each_entry_once_and_in_order(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 3)
    recorded(30)
    sent = at_once(*[streams_send] * 4)
    assert sum(sent) == 30
    assert hook.sequences == [*range(1, 31)]
