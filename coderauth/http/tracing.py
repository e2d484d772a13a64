"""Traces by OpenTelemetry: a span for each request that Django answers, and for its statements.

Nothing of what a client sends is in them but the method and the `traceparent`: a route instead of
the path, statements without their values. The SDK reads its own variables, for instance
`OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_TRACES_SAMPLER`. A thread sends spans in batches; a
collector that is down costs spans only.
"""

import os
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from coderauth.http.measuring import ARRIVED, route_of

# As clients send it (W3C Trace Context). Not their `tracestate`, which may hold anything.
_PARENT = "HTTP_TRACEPARENT"
_ERROR = 500


class Traced:
    """The outermost middleware, where traces are switched on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Who stops does not wait for a collector.
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer("coderauth")
        self._propagator = TraceContextTextMapPropagator()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if ARRIVED not in request.META:  # The lane asks to see what is answered.
            return self.get_response(request)
        sent = {"traceparent": request.META.get(_PARENT, "")}
        method = str(request.method)
        with (
            self._tracer.start_as_current_span(
                method,
                self._propagator.extract(sent),
                kind=SpanKind.SERVER,
                # Its text may have values in it.
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            connection.execute_wrapper(self._statement),
        ):
            response = self.get_response(request)
            route = route_of(request)
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "coderauth.request_id": response.headers.get("X-Coder-Request-Id", ""),
                }
            )
            if response.status_code >= _ERROR:
                span.set_status(StatusCode.ERROR)
        return response

    def _statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Run a statement in a span; Django calls this with the values apart from the text."""
        about = {"db.system.name": connection.vendor, "db.query.text": sql}
        with self._tracer.start_as_current_span(
            sql.split(maxsplit=1)[0],
            kind=SpanKind.CLIENT,
            attributes=about,
            # The text of a database's error has values in it.
            record_exception=False,
            set_status_on_exception=False,
        ):
            return execute(sql, params, many, context)


def _resource() -> Resource:
    return Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "coderauth")})
