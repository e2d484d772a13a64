"""`/metrics` for Prometheus, on an address of its own (`CODERAUTH_PROMETHEUS_ADDRESS`)."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import Notice
from accounts.people.figures import people_by_kind
from audit.figures import audit_figures
from audit.models import Stream
from audit.streams.sending import behind
from coderauth import BUILD_VERSION
from coderauth.counting import count_each
from coderauth.metrics import FOLDER_VARIABLE
from scopes.keys.figures import needing_attention
from scopes.models import Key


class InDatabase(Collector):
    """What the database knows better than any process; some ten short queries when asked."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("build_info", "Which build this is.", {(BUILD_VERSION,): 1}, ["version"])
        try:
            found = [*self._found()]
        except (DatabaseError, InterfaceError):
            found = []
        finally:
            connection.close()  # Whoever asks gets a thread, and a connection with it.
        yield _gauge("database_up", "Whether the database answers.", {(): 1 if found else 0})
        yield from found

    @staticmethod
    def _found() -> Iterator[Metric]:
        now = timezone.now()
        by_status = DBTaskResult.objects.values_list("status").annotate(Count("pk")).order_by()
        tasks = {(status.lower(),): number for status, number in by_status}
        yield _gauge("tasks", "Tasks by their status.", tasks, ["status"])
        oldest = DBTaskResult.objects.ready().order_by("enqueued_at").first()
        waiting = 0.0 if oldest is None else (now - oldest.enqueued_at).total_seconds()
        yield _gauge("oldest_task_seconds", "How long the oldest due task waits.", {(): waiting})
        notices = Notice.objects.filter(sent_at=None).count()
        yield _gauge("notices_waiting", "Mail about accounts that has not left.", {(): notices})
        audit = audit_figures()
        yield _gauge("audit_unsealed", "Entries that are not chained yet.", {(): audit.unsealed})
        since = audit.unsealed_since
        age = 0.0 if since is None else (now - since).total_seconds()
        yield _gauge("audit_unsealed_seconds", "How long the oldest of them waits.", {(): age})
        streams = {(one.name,): behind(one) for one in Stream.objects.all()}
        yield _gauge("audit_stream_behind", "Entries not sent yet, by stream.", streams, ["stream"])
        people = count_each(people_by_kind(), most=None)
        keys = count_each(needing_attention(Key.objects.all(), now), most=None)
        kinds = {("person",): people["people"], ("service",): people["services"]}
        yield _gauge("accounts", "Living accounts.", kinds, ["kind"])
        states = {(why,): keys[why] for why in ("ending", "unused", "full")}
        yield _gauge("tokens", "Tokens that need attention, by why.", states, ["why"])


def _gauge(
    name: str,
    meaning: str,
    values: Mapping[Any, float],
    labels: Sequence[str] = (),
) -> Metric:
    family = GaugeMetricFamily(f"coderauth_{name}", meaning, labels=labels)
    for texts, value in values.items():
        family.add_metric(texts, value)
    return family


@contextmanager
def metrics_served() -> Iterator[None]:
    """Serve `/metrics` while this block runs, if there is an address for it.

    Web processes that are started in the block count into a folder that is made here. Raises
    CommandError when the address cannot be listened on.
    """
    if not settings.PROMETHEUS_ADDRESS:
        yield
        return
    host, port = settings.PROMETHEUS_ADDRESS
    registry = CollectorRegistry()
    with tempfile.TemporaryDirectory(prefix="coderauth-metrics-") as folder:
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # The library is untyped there.
        registry.register(InDatabase())
        try:
            server, thread = start_http_server(port, host, registry)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Stop what listens there, or "
                "set CODERAUTH_PROMETHEUS_ADDRESS to another address."
            ) from error
        os.environ[FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
