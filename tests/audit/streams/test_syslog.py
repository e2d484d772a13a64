"""The audit is sent to a real rsyslog, and to a server that speaks TLS."""

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from audit.chain import seal
from audit.models import Entry, Stream
from audit.records import record
from audit.streams.sending import streams_send
from audit.streams.syslog import message
from tests.mail_server import certificate
from tests.servers import free_port, rsyslog
from tests.threads import start
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.django_db
AWKWARD = 'a "quoted" \\ name] ü'


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def written(tmp_path: Path, port: int) -> Iterator[Path]:
    with rsyslog(tmp_path, port) as file:
        yield file


def messages(file: Path, count: int) -> list[dict[str, Any]]:
    """Return what the server understood, once there is so much of it."""
    until(lambda: file.exists() and len(file.read_text().splitlines()) >= count)
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_syslog_server_understands_each_entry(
    settings: Settings, written: Path, port: int, kind: str
) -> None:
    settings.AUDIT_SYSLOG = f"{kind}://127.0.0.1:{port}"
    record(action="create", resource_type="user", resource_id="7", resource_target=AWKWARD)
    record(action="login", resource_type="api_key", status_code=401)
    seal()
    assert streams_send() == 2

    made, refused = messages(written, 2)
    first, second = Entry.objects.order_by("sequence")
    assert (made["pri"], refused["pri"]) == ("109", "108")
    assert (made["app-name"], made["msgid"]) == ("coderauth", "audit")
    assert f'id="{first.pk}" sequence="1"' in made["structured-data"]
    assert 'target="a \\"quoted\\" \\\\ name\\] ü"' in made["structured-data"]
    assert made["timereported"].startswith(first.at.strftime("%Y-%m-%dT%H:%M:%S.%f"))
    assert json.loads(made["msg"])["hash"] == first.hash
    assert json.loads(refused["msg"])["id"] == str(second.pk)


def test_a_large_entry_arrives_whole_over_tcp(settings: Settings, written: Path, port: int) -> None:
    settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{port}"
    record(action="write", resource_type="user", additional_fields={"text": "x\n" * 10_000})
    seal()
    assert streams_send() == 1
    (whole,) = messages(written, 1)
    assert json.loads(whole["msg"])["additional_fields"] == {"text": "x\n" * 10_000}


def test_a_server_that_is_not_there_is_waited_for(settings: Settings, port: int) -> None:
    settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{port}"
    record(action="create", resource_type="user")
    seal()
    assert streams_send() == 0
    stream = Stream.objects.get()
    assert (stream.failures, stream.sent_sequence) == (1, 0)
    assert stream.last_error.startswith("the syslog server cannot be reached")


@pytest.mark.parametrize("is_known", [True, False])
def test_tls_is_only_for_a_server_whose_certificate_is_good(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    file, context = certificate(tmp_path)
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.AUDIT_SYSLOG = f"tls://127.0.0.1:{listening.getsockname()[1]}"
        heard = start(lambda: all_of_one(listening, context))
        record(action="create", resource_type="user")
        seal()
        assert streams_send() == (1 if is_known else 0)
        if is_known:
            text = message(Entry.objects.get())
            assert heard.result(PATIENCE) == b"%d %s" % (len(text), text)
        else:
            assert "CERTIFICATE_VERIFY_FAILED" in Stream.objects.get().last_error
            with pytest.raises(ssl.SSLError):
                heard.result(PATIENCE)


def all_of_one(listening: socket.socket, context: ssl.SSLContext) -> bytes:
    """Return what one client sends until it ends."""
    plain, _ = listening.accept()
    plain.settimeout(PATIENCE)
    with context.wrap_socket(plain, server_side=True) as secure:
        heard = b""
        while part := secure.recv(65536):
            heard += part
        return heard
