"""Send what is sealed and not sent yet, from a place that survives restarts."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Chain, Entry, Stream
from audit.streams.errors import SinkError
from audit.streams.sinks import Sink, sinks

logger = logging.getLogger(__name__)

BATCH: Final = 100
# How long one process alone sends; longer than a batch may take.
LEASE: Final = timedelta(seconds=60)
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)


def streams_send() -> int:
    """Send to each receiver what it does not have yet; return how many entries were sent.

    In the order of the chain, which has no gaps: an entry whose act took long to commit is sealed,
    and so sent, after others. Two queries for a receiver when there is nothing to send.
    """
    return sum(_send(name, sink) for name, sink in sinks().items())


def behind(stream: Stream) -> int:
    """Return how many sealed entries a receiver does not have yet."""
    return max(0, Chain.current().head_sequence - stream.sent_sequence)


def _send(name: str, sink: Sink) -> int:
    stream, _ = Stream.objects.get_or_create(name=name)
    sent = 0
    while behind(stream) and (held := _take(stream, timezone.now())) is not None:
        batch = list(
            Entry.objects.filter(sequence__gt=stream.sent_sequence).order_by("sequence")[:BATCH]
        )
        _warn_of_gap(stream, batch)
        try:
            if batch:
                sink(batch)
        except SinkError as error:
            _wait(stream, held, error)
            break
        now = timezone.now()
        last = batch[-1].sequence if batch else Chain.current().anchor_sequence
        held.update(
            sent_sequence=last, sent_at=now, failures=0, last_error="", next_try_at=now,
            taken_until=now,
        )  # fmt: skip
        sent += len(batch)
        stream.refresh_from_db()
    return sent


def _take(stream: Stream, now: datetime) -> QuerySet[Stream] | None:
    """Take the right to send for a while; return the row for as long as it is ours.

    No transaction stays open while a receiver is waited for: on SQLite, nobody else could write.
    """
    until = now + LEASE
    free = Stream.objects.filter(
        name=stream.name,
        sent_sequence=stream.sent_sequence,
        next_try_at__lte=now,
        taken_until__lte=now,
    )
    if not free.update(taken_until=until):
        return None
    return Stream.objects.filter(name=stream.name, taken_until=until)


def _wait(stream: Stream, held: QuerySet[Stream], error: SinkError) -> None:
    now = timezone.now()
    pause = min(FIRST_PAUSE * 2 ** min(stream.failures, 10), LONGEST_PAUSE)
    held.update(
        failures=stream.failures + 1,
        last_error=str(error)[:255],
        next_try_at=now + pause,
        taken_until=now,
    )
    if not stream.failures:  # Once: every try would say the same.
        logger.warning("The audit's stream %s waits: %s", stream.name, error)


def _warn_of_gap(stream: Stream, batch: list[Entry]) -> None:
    first = batch[0].sequence if batch else None
    if first != stream.sent_sequence + 1 and stream.sent_sequence:
        logger.warning(
            "Retention deleted entries after %d that the stream %s had not sent",
            stream.sent_sequence,
            stream.name,
        )
