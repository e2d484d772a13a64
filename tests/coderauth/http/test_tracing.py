"""Traces arrive at a collector, and nothing in them is a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from coderauth.env import Environment
from tests.processes import Installation
from tests.prompt import Prompt
from tests.servers import free_port
from tests.threads import start
from tests.waiting import until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CANARY = "canary-in-a-query"
SIGN_IN = "POST /api/v2/users/login"


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP."""

    daemon_threads = True

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.received = b""
        super().__init__(("127.0.0.1", 0), Handler)

    def named(self, name: str) -> list[Any]:
        return [span for span in list(self.spans) if span.name == name]


class Handler(Prompt, BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.server.services.add(about(group.resource)["service.name"])
            for scope in group.scope_spans:
                self.server.spans.extend(scope.spans)
        self.server.received += body
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def collector() -> Iterator[Collector]:
    with Collector() as server:
        start(lambda: server.serve_forever(0.02))
        yield server
        server.shutdown()


def about(span: Any) -> dict[str, Any]:
    return {one.key: one.value.int_value or one.value.string_value for one in span.attributes}


def traced(migrated: Installation, port: int) -> None:
    migrated.environment |= {
        "CODERAUTH_TRACING": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }


def test_a_request_and_its_statements_are_spans_below_the_callers(migrated: Installation) -> None:
    with collector() as found:
        traced(migrated, found.server_address[1])
        with migrated.start("serve") as server:
            server.wait_for("is ready at")
            status = migrated.call(
                f"/api/v2/users/login?coder_session_token={CANARY}",
                {"email": f"{CANARY}@example.test", "password": CANARY},
                traceparent=f"00-{TRACE}-{PARENT}-01",
                tracestate=f"vendor={CANARY}",
            )
            until(lambda: bool(found.named(SIGN_IN)))
            assert server.stop() == 0

    (span,) = found.named(SIGN_IN)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    told = about(span)
    assert told["http.response.status_code"] == status == 401
    assert told["http.route"] == "/api/v2/users/login"
    assert told["coderauth.request_id"]
    below = [one for one in found.spans if one.parent_span_id == span.span_id]
    assert any("accounts_user" in about(one)["db.query.text"] for one in below)
    assert found.services == {"coderauth"}
    assert CANARY.encode() not in found.received


def test_a_collector_that_is_down_costs_no_request(migrated: Installation) -> None:
    traced(migrated, free_port())
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        assert migrated.call("/api/v2/buildinfo") == 200
        assert server.stop() == 0


def test_without_the_extra_the_start_says_what_to_install() -> None:
    def read(value: str, module: str) -> bool:
        environment = Environment({"CODERAUTH_TRACING": value})
        return environment.optional("TRACING", module=module, requirements="some.txt", meaning="m")

    assert read("true", "opentelemetry.sdk") is True
    for missing in ("nowhere", "nowhere.sdk"):
        assert read("false", missing) is False
        with pytest.raises(ImproperlyConfigured, match=r"pip install -r some\.txt"):
            read("true", missing)
