"""`manage.py relink_issuer`: a provider was renamed, and the same people are there."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import accounts.links.relinking
from accounts.models import ProviderSession, User, UserLink
from audit.models import Entry
from coderauth.errors import Forbidden
from tests.accounts.arrivals import arrive, somebody, whose
from tests.oidc import configure, oidc_config

OLD, NEW = "https://old.example.test/realms/a_b", "https://new.example.test"


@pytest.fixture(autouse=True)
def configured(settings: Any, owner: User) -> None:
    configure(settings, oidc_config(NEW, id="3"))


def link(name: str, issuer: str = OLD, **says: Any) -> User:
    return whose(arrive(somebody(name, linked_id=f"{issuer}||{name}", **says)))


def run(*arguments: str) -> tuple[int, str, str]:
    out = StringIO()
    try:
        call_command("relink_issuer", *(arguments or (OLD, NEW, "--yes")), stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), ""


def links() -> dict[str, str]:
    return dict(UserLink.objects.values_list("user__username", "linked_id"))


def test_people_who_were_locked_out_are_let_in_as_before() -> None:
    ada = link("ada")
    renamed = somebody("ada", linked_id=f"{NEW}||ada")
    with pytest.raises(Forbidden):
        arrive(renamed)
    assert run() == (0, "Moved ada (ada).\n", "")
    assert whose(arrive(renamed)) == ada
    with pytest.raises(Forbidden):
        arrive(somebody("ada", linked_id=f"{OLD}||ada"))


def test_a_dry_run_says_whom_and_changes_nothing() -> None:
    link("ada")
    link("grace", session="x" * 64)
    before = [list(model._default_manager.values()) for model in (UserLink, Entry, ProviderSession)]
    code, out, _ = run(OLD, NEW, "--dry-run")
    assert (code, out) == (0, "Would move ada (ada).\nWould move grace (grace).\n")
    after = [list(model._default_manager.values()) for model in (UserLink, Entry, ProviderSession)]
    assert after == before


def test_only_people_of_that_issuer_are_moved() -> None:
    others = {
        "slash": OLD + "/", "case": OLD.upper(), "wild": OLD.replace("_", "x"), "more": OLD + "||b",
    }  # fmt: skip
    for name, issuer in others.items():
        link(name, issuer)
    link("ada")
    run()
    expected = {name: f"{issuer}||{name}" for name, issuer in others.items()}
    # A subject may have bars of its own.
    assert links() == {**expected, "ada": f"{NEW}||ada", "more": f"{NEW}||b||more"}


def test_nobody_takes_over_the_account_of_another() -> None:
    ada = link("ada")
    other = link("ada", NEW, email="lovelace@example.test", username="lovelace")
    link("grace")
    for arguments in ((OLD, NEW, "--dry-run"), (OLD, NEW, "--yes")):
        code, out, error = run(*arguments)
        assert code == 1
        assert "ada (ada)" in error
        assert "move" in out.lower()
        assert "grace" in out
        assert "ada" not in out
    assert links()["ada"] == f"{OLD}||ada"
    User.objects.filter(pk=other.pk).delete()
    assert run()[0] == 0
    assert whose(arrive(somebody("ada", linked_id=f"{NEW}||ada"))) == ada


def test_tokens_of_the_one_are_not_sent_to_the_other() -> None:
    link("ada", session="x" * 64)
    run()
    row = UserLink.objects.get()
    assert (row.access_token, row.refresh_token, row.provider) == ("", "", "3")
    assert ProviderSession.objects.get().session == ""


def test_it_is_in_the_audit() -> None:
    ada = link("ada")
    run()
    entry = Entry.objects.get(additional_fields__automatic_subsystem="relink_issuer")
    assert (entry.action, str(entry.resource_id)) == ("write", str(ada.pk))
    assert entry.diff["linked_id"]["new"] == f"{NEW}||ada"


def test_what_makes_no_sense_is_said() -> None:
    link("ada")
    assert "is configured" in run(OLD, "https://elsewhere.test", "--yes")[2]
    assert OLD in run("https://nobody.test", NEW, "--yes")[2]
    assert "use --yes" in run(OLD, NEW)[2]
    assert links() == {"ada": f"{OLD}||ada"}
    assert run()[0] == 0


def test_many_are_moved_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.links.relinking, "BATCH", 2)
    for number in range(5):
        link(f"ada{number}")
    code, out, _ = run(OLD, NEW, "--yes", "--json")
    assert code == 0
    assert len(json.loads(out)["moved"]) == 5
    assert all(linked.startswith(f"{NEW}||") for linked in links().values())
