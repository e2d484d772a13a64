"""Acts on many keys, as tasks that go on where they stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from audit.models import Entry
from scopes.callers import Caller, find_caller
from scopes.keys import jobs
from scopes.keys.jobs import job_progress, job_start, run_job
from scopes.models import Key, KeyJob
from tests.pages import text_of, visitor
from tests.people import make_key, make_user
from tests.queries import cost

PAGE = "/admin/keys/revoke"


def tokens(user: User, count: int) -> list[str]:
    made = make_key(user, login_type="token", name="first").partition("-")[0]
    like = Key.objects.get(pk=made)
    for number in range(count - 1):
        like.pk, like.name = f"{user.username[0]}{number:09d}", f"many-{number}"
        like._state.adding = True
        like.save(force_insert=True)
    return sorted(Key.objects.tokens().filter(user=user).values_list("pk", flat=True))


def caller_of(user: User) -> Caller:
    found = find_caller(make_key(user).partition("-")[0])
    assert found is not None
    return found


def run(job: KeyJob) -> None:
    run_job.call(str(job.pk))


def test_all_that_a_filter_leaves_are_revoked(owner: User, alice: User, mallory: User) -> None:
    tokens(alice, 5)
    tokens(mallory, 2)
    client = visitor(owner)

    assert "Revoke 5 keys?" in text_of(client.get(f"{PAGE}?all=yes&of=alice"))
    answer = client.post(PAGE, {"all": "yes", "of": "alice"})
    job = KeyJob.objects.get()
    assert answer.url == f"/admin/keys/jobs/{job.pk}"
    assert "0 of 5 had their turn." in text_of(client.get(answer.url))
    run(job)

    assert "5 of 5 had their turn. Revoked 5" in text_of(client.get(answer.url))
    assert not Key.objects.tokens().filter(user=alice).exists()
    assert Key.objects.tokens().filter(user=mallory).count() == 2
    entries = Entry.objects.filter(action="delete", resource_type="api_key")
    assert {entry.additional_fields["page"] for entry in entries} == {PAGE}
    assert {entry.actor_id for entry in entries} == {owner.pk}


# What came after the question was not in it.
def test_keys_made_after_the_question_stay(owner: User, alice: User) -> None:
    tokens(alice, 2)
    asked = timezone.now().isoformat()
    make_key(alice, login_type="token", name="later")

    visitor(owner).post(PAGE, {"all": "yes", "of": "alice", "until": asked})
    run(KeyJob.objects.get())

    assert [*Key.objects.tokens().values_list("name", flat=True)] == ["later"]


class Killed(BaseException):
    """A worker that is gone from one moment to the next."""


def dies_at(turn: int, act: Callable[..., None]) -> Callable[..., None]:
    turns = iter(range(1, 1000))

    def acting(**given: Any) -> None:
        act(**given)
        if next(turns) == turn:
            raise Killed

    return acting


def test_a_killed_worker_is_followed_by_one_that_goes_on(
    owner: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_start(caller=caller_of(owner), act="expire", key_ids=tokens(alice, 6))
    with monkeypatch.context() as patched:
        patched.setitem(jobs.ACTS, "expire", dies_at(4, jobs.ACTS["expire"]))
        with pytest.raises(Killed):
            run(job)
    assert job_progress(job).done == 3

    run(job)

    assert job_progress(job).done == 6
    assert job_progress(job).failures == ()
    expired = Entry.objects.filter(resource_type="api_key", action="write")
    assert expired.count() == 6


def test_a_job_that_takes_long_lets_other_tasks_pass(
    owner: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_start(caller=caller_of(owner), act="expire", key_ids=tokens(alice, 3))
    before = DBTaskResult.objects.count()
    monkeypatch.setattr(jobs, "_TURN_SECONDS", -1)

    run(job)

    assert job_progress(job).done == 1
    assert DBTaskResult.objects.count() == before + 1


def test_it_goes_no_further_than_the_rights_of_the_moment(owner: User, alice: User) -> None:
    ada = make_user("ada", roles=["owner"])
    job = job_start(caller=caller_of(ada), act="revoke", key_ids=tokens(alice, 3))
    User.objects.filter(pk=ada.pk).update(site_roles=[])

    run(job)

    assert job_progress(job).failures == (("gone already, or not yours to change", 3),)
    assert Key.objects.tokens().count() == 3


def test_it_stops_when_the_session_ends(owner: User, alice: User) -> None:
    caller = caller_of(owner)
    job = job_start(caller=caller, act="revoke", key_ids=tokens(alice, 3))
    Key.objects.filter(pk=caller.key_id).delete()

    run(job)

    assert [number for _, number in job_progress(job).failures] == [3]
    assert Key.objects.tokens().count() == 3


def test_a_page_of_a_large_job_costs_no_more(owner: User, alice: User) -> None:
    def visit(job: KeyJob) -> int:
        client = visitor(owner, last_used_at=timezone.now())
        return len(cost(lambda: client.get(f"/admin/keys/jobs/{job.pk}")))

    caller, ids = caller_of(owner), tokens(alice, 50)
    one = job_start(caller=caller, act="revoke", key_ids=ids[:1])
    many = job_start(caller=caller, act="revoke", key_ids=ids)
    visit(one)

    assert visit(one) == visit(many) <= 7


@pytest.mark.long
def test_thousands_of_keys_are_revoked_turn_by_turn(owner: User, alice: User) -> None:
    job = job_start(caller=caller_of(owner), act="revoke", key_ids=tokens(alice, 2_000))

    while job_progress(job).waiting:
        run(job)

    assert job_progress(job).done == 2_000
