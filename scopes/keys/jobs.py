"""Acts on many keys at once, as tasks (decision D19).

A job is judged anew at each key, as if its caller did one act after the other: it goes no further
than their rights at that moment, and stops when their key or session ends.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django_tasks import task

from audit.records import Origin, on_behalf
from coderauth.errors import DomainError
from scopes.callers import Caller, find_caller, refusal_of
from scopes.keys.ending import key_expire, key_revoke
from scopes.keys.fresh import require_fresh
from scopes.models import KeyJob, KeyJobItem

DONE: Final = "done"
SIGNED_OUT: Final = "signed_out"
ACTS: Final[dict[str, Callable[..., None]]] = {"revoke": key_revoke, "expire": key_expire}
_REASONS: Final = {
    "not_found": "gone already, or not yours to change",
    SIGNED_OUT: "left as they are, because the session that asked has ended",
}
_BATCH = 500
# After this long a job queues again behind other tasks, so that mail need not wait for all of it.
_TURN_SECONDS = 10
_KEEP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; `failures` are numbers by reason, in words."""

    total: int
    done: int
    waiting: int
    failures: tuple[tuple[str, int], ...]

    @property
    def tried(self) -> int:
        return self.total - self.waiting


def job_start(*, caller: Caller, act: str, key_ids: Iterable[str]) -> KeyJob:
    """Queue an act, `revoke` or `expire`, on many keys; raises Forbidden for an old session."""
    require_fresh(caller)
    with transaction.atomic():
        KeyJob.objects.filter(created_at__lt=timezone.now() - _KEEP).delete()
        job = KeyJob.objects.create(
            act=act,
            user_id=caller.id,
            caller_key_id=caller.key_id,
            origin=asdict(Origin.current()),
        )
        items = [KeyJobItem(job=job, key_id=one) for one in key_ids]
        KeyJobItem.objects.bulk_create(items, batch_size=_BATCH)
        run_job.enqueue(str(job.pk))
    return job


@task()
def run_job(job_id: str) -> None:
    """Go on with a job where it stopped, and queue again if it takes long."""
    job = KeyJob.objects.filter(pk=job_id).first()
    ends = monotonic() + _TURN_SECONDS
    while job is not None:
        waiting = job.items.filter(outcome="").order_by("pk")
        batch = list(waiting.values_list("pk", flat=True)[:_BATCH])
        if not batch:
            return
        with on_behalf(Origin(**job.origin)):
            for item_id in batch:
                caller = _caller(job)
                if caller is None:
                    waiting.update(outcome=SIGNED_OUT)
                    return
                _do(job, item_id, caller)
                if monotonic() > ends:
                    run_job.enqueue(job_id)
                    return


def job_progress(job: KeyJob) -> Progress:
    """Return how far a job is. One query."""
    counted = job.items.order_by().values_list("outcome").annotate(Count("pk"))
    numbers: dict[str, int] = dict(counted)
    failures = {code: number for code, number in numbers.items() if code not in {"", DONE}}
    return Progress(
        total=sum(numbers.values()),
        done=numbers.get(DONE, 0),
        waiting=numbers.get("", 0),
        failures=tuple((_REASONS.get(code, code), number) for code, number in failures.items()),
    )


def _do(job: KeyJob, item_id: int, caller: Caller) -> None:
    """Do the act on one key and note the outcome, both or neither."""
    with transaction.atomic():
        item = KeyJobItem.objects.select_for_update().filter(pk=item_id, outcome="").first()
        if item is None:  # Another worker was faster.
            return
        try:
            ACTS[job.act](caller=caller, key_id=item.key_id)
        except DomainError as error:
            item.outcome = error.code
        else:
            item.outcome = DONE
        item.save(update_fields=["outcome"])


def _caller(job: KeyJob) -> Caller | None:
    caller = find_caller(job.caller_key_id)
    if caller is None or refusal_of(caller, timezone.now()) is not None:
        return None
    return caller
