"""`client.users` and `client.passwords`."""

import pytest
from coderauth_sdk import (
    AsyncClient,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    User,
)

from tests.mailbox import mailed_passcode
from tests.people import PASSWORD
from tests.sdk.clients import Service, make_member, unique

pytestmark = pytest.mark.anyio
OTHER = "An0ther-Passw0rd!"


async def make(client: AsyncClient, name: str = "bob") -> User:
    username = unique(name)
    return await client.users.create(
        email=f"{username}@example.test", username=username, password=PASSWORD, name="Bob"
    )


async def test_an_account_is_made_shown_and_deleted(client: AsyncClient) -> None:
    made = await make(client)

    assert made.name == "Bob"
    assert made.status == "dormant"
    assert made.last_seen_at is None
    assert made.created_at.tzinfo is not None
    assert await client.users.get(made.id) == await client.users.get(made.username) == made
    await client.users.delete(made.id)
    with pytest.raises(InvalidRequest, match="existing"):
        await client.users.delete(made.username)
    with pytest.raises(Forbidden, match="yourself"):
        await client.users.delete("me")


async def test_a_taken_name_is_a_conflict(client: AsyncClient) -> None:
    made = await make(client)

    with pytest.raises(Conflict, match="User already exists"):
        await client.users.create(email=made.email, username=made.username, password=PASSWORD)


async def test_refused_fields_are_named(client: AsyncClient) -> None:
    with pytest.raises(InvalidRequest, match="email") as refused:
        await client.users.create(email="nobody", username=unique("bob"), password=PASSWORD)

    assert [one.field for one in refused.value.validations] == ["email"]


async def test_a_member_makes_no_accounts(member: AsyncClient) -> None:
    with pytest.raises(Forbidden):
        await make(member)


async def test_names_are_changed(client: AsyncClient) -> None:
    made, name = await make(client), unique("robert")

    changed = await client.users.rename(made.id, username=name, name="Robert")

    assert (changed.username, changed.name) == (name, "Robert")
    with pytest.raises(Conflict):
        await client.users.rename(made.id, username="owner", name="")


async def test_a_suspended_user_is_kept_out_until_activated(
    client: AsyncClient, member: AsyncClient
) -> None:
    alice = await member.users.get()

    assert (await client.users.suspend(alice.id)).status == "suspended"
    with pytest.raises(NotSignedIn, match="suspended"):
        await member.users.get()
    assert (await client.users.activate(alice.id)).status == "active"
    assert await member.users.get()
    with pytest.raises(InvalidRequest, match="yourself"):
        await client.users.suspend("me")
    with pytest.raises(InvalidRequest, match="existing"):
        await member.users.activate("owner")


async def test_roles_are_shown_and_replaced(client: AsyncClient, member: AsyncClient) -> None:
    alice = await member.users.get()

    changed = await client.users.set_roles(alice.id, ["auditor"])

    assert [role.name for role in changed.roles] == ["auditor"]
    roles = await member.users.roles()
    assert roles.roles == ("auditor",)
    assert roles.organization_roles.keys() == set(alice.organization_ids)
    with pytest.raises(InvalidRequest, match="supported role"):
        await client.users.set_roles(alice.id, ["emperor"])
    with pytest.raises(NotFound):
        await member.users.roles("owner")


async def test_site_roles_say_what_they_grant(client: AsyncClient) -> None:
    roles = {role.name: role for role in await client.users.site_roles()}

    assert roles["auditor"].built_in
    assert roles["auditor"].assignable
    assert "audit_log" in {one.resource_type for one in roles["auditor"].site_permissions}
    with pytest.raises(NotSignedIn):
        await client.with_token("").users.site_roles()


async def test_organizations_of_a_user(client: AsyncClient, member: AsyncClient) -> None:
    alice = await member.users.get()

    [joined] = await member.users.organizations()

    assert joined.id in alice.organization_ids
    assert await member.users.organization(joined.name) == joined
    assert await client.users.organizations(alice.id) == (joined,)
    with pytest.raises(NotFound):
        await member.users.organization("nowhere")
    assert await member.users.login_type() == "password"


async def test_pages_hold_everybody_once(client: AsyncClient) -> None:
    word = unique("page")
    made = [await make(client, word) for _ in range(5)]

    found = [user async for user in client.users.iterate(word, page_size=2)]

    assert {user.id for user in found} == {user.id for user in made}
    assert len(found) == len(made)
    assert [user.username for user in found] == sorted(user.username for user in made)
    page = await client.users.page(word, limit=2, offset=1)
    assert page.count == 5
    assert list(page.users) == found[1:3]
    with pytest.raises(ValueError, match="page_size"):
        await anext(aiter(client.users.iterate(page_size=0)))
    with pytest.raises(InvalidRequest):
        await client.users.page("status:")


async def test_no_search_finds_nobody(client: AsyncClient) -> None:
    assert [user async for user in client.users.iterate(unique("nobody"))] == []


@pytest.mark.parametrize("user", ["", ".", "..", "me/keys/tokens"])
async def test_a_name_that_leads_elsewhere_is_not_sent(client: AsyncClient, user: str) -> None:
    with pytest.raises(ValueError, match="neither an id nor a name"):
        await client.users.delete(user)


@pytest.mark.parametrize("user", ["nobody?limit=1", "no#body", "no%2Fbody", "nö body"])
async def test_a_name_with_signs_of_urls_stays_one_name(client: AsyncClient, user: str) -> None:
    with pytest.raises(InvalidRequest, match="existing") as refused:
        await client.users.get(user)
    assert refused.value.detail == f'queried user="{user}"'


async def test_the_first_user_is_made_once(client: AsyncClient) -> None:
    with pytest.raises(Conflict):
        await client.users.create_first(
            email="second@example.test", username="second", password=PASSWORD
        )


async def test_a_password_is_changed_with_the_old_one(client: AsyncClient) -> None:
    name = unique("alice")
    alice = await make_member(client, name)

    with pytest.raises(InvalidRequest, match="Old password"):
        await alice.passwords.change(password=OTHER, old_password="Wr0ng-Passw0rd!")
    await alice.passwords.change(password=OTHER, old_password=PASSWORD)

    with pytest.raises(NotSignedIn):
        await alice.users.get()
    assert await client.sign_in(f"{name}@example.test", OTHER)


async def test_a_password_is_judged(client: AsyncClient) -> None:
    nobody = client.with_token("")

    assert (await nobody.passwords.validate(PASSWORD)).valid
    weak = await nobody.passwords.validate("password")
    assert not weak.valid
    assert weak.details
    with pytest.raises(InvalidRequest):
        await nobody.passwords.validate("")


async def test_a_forgotten_password_is_reset_with_a_mailed_passcode(
    client: AsyncClient, service: Service
) -> None:
    name = unique("alice")
    email = f"{name}@example.test"
    await make_member(client, name)
    nobody = client.with_token("")

    await nobody.passwords.request_passcode(email)
    passcode = mailed_passcode(service.mails, email)
    with pytest.raises(InvalidRequest, match="Incorrect"):
        await nobody.passwords.reset(email=email, passcode="wrong", password=OTHER)
    await nobody.passwords.reset(email=email, passcode=passcode, password=OTHER)

    assert await nobody.sign_in(email, OTHER)
    with pytest.raises(InvalidRequest):
        await nobody.passwords.request_passcode("nobody")


async def test_an_account_is_taken_back_from_its_provider(
    client: AsyncClient, service: Service
) -> None:
    name = unique("bob")
    email = f"{name}@example.test"
    linked = await client.users.create(email=email, username=name, login_type="github")

    await client.passwords.take_back(linked.id)
    await client.passwords.reset(
        email=email, passcode=mailed_passcode(service.mails, email), password=OTHER
    )

    assert (await (await client.sign_in(email, OTHER)).users.get()).id == linked.id
    with pytest.raises(InvalidRequest):  # It has a password now.
        await client.passwords.take_back(linked.id)
