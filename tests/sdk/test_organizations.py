"""`client.organizations` with its members, roles and groups."""

from uuid import uuid4

import pytest
from coderauth_sdk import (
    AsyncClient,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    Organization,
    Permission,
)

from tests.people import PASSWORD
from tests.sdk.clients import unique

pytestmark = pytest.mark.anyio
DEPLOYING = (Permission("template", "read"), Permission("template", "update"))


async def make(client: AsyncClient) -> Organization:
    return await client.organizations.create(unique("research"), display_name="Research")


async def test_an_organization_is_made_changed_and_deleted(client: AsyncClient) -> None:
    made = await make(client)

    changed = await client.organizations.update(made.id, description="We look into it.")

    assert (changed.name, changed.display_name) == (made.name, "Research")
    assert changed.description == "We look into it."
    assert await client.organizations.get(made.name) == changed
    assert changed in await client.organizations.list()
    await client.organizations.delete(made.id)
    with pytest.raises(NotFound):
        await client.organizations.get(made.id)
    with pytest.raises(NotFound):
        await client.organizations.update(made.id, description="")
    with pytest.raises(NotFound):
        await client.organizations.delete(made.id)


async def test_organizations_that_cannot_be_are_refused(
    client: AsyncClient, member: AsyncClient
) -> None:
    made = await make(client)

    with pytest.raises(Conflict):
        await client.organizations.create(made.name)
    with pytest.raises(Forbidden):
        await member.organizations.create(unique("research"))
    with pytest.raises(InvalidRequest, match="Default organization"):
        await client.organizations.delete("default")
    assert made not in await member.organizations.list()
    assert (await member.organizations.get()).is_default
    with pytest.raises(NotSignedIn):
        await client.with_token("").organizations.list()


async def test_members_come_get_roles_and_go(client: AsyncClient, member: AsyncClient) -> None:
    made, alice = await make(client), await member.users.get()

    joined = await client.organizations.members.add(made.id, alice.username)

    assert (joined.user_id, joined.roles) == (alice.id, ())
    with pytest.raises(InvalidRequest, match="already"):
        await client.organizations.members.add(made.id, alice.id)
    changed = await client.organizations.members.set_roles(
        made.id, alice.id, ["organization-auditor"]
    )
    assert [role.name for role in changed.roles] == ["organization-auditor"]
    assert changed.roles[0].organization_id == made.id
    with pytest.raises(InvalidRequest, match="supported role"):
        await client.organizations.members.set_roles(made.id, alice.id, ["emperor"])
    members = {one.username: one for one in await client.organizations.members.list(made.id)}
    assert members.keys() == {"owner", alice.username}
    assert [role.name for role in members["owner"].global_roles] == ["owner"]
    await client.organizations.members.remove(made.id, alice.id)
    with pytest.raises(NotFound):
        await client.organizations.members.remove(made.id, alice.id)
    with pytest.raises(NotFound):
        await member.organizations.members.list(made.id)


async def test_pages_hold_every_member_once(client: AsyncClient, member: AsyncClient) -> None:
    made = await make(client)
    for _ in range(4):
        name = unique("bob")
        await client.users.create(
            email=f"{name}@example.test",
            username=name,
            password=PASSWORD,
            organization_ids=[made.id],
        )

    found = [one async for one in client.organizations.members.iterate(made.id, page_size=2)]

    assert [one.username for one in found] == sorted(one.username for one in found)
    assert len({one.user_id for one in found}) == len(found) == 5
    page = await client.organizations.members.page(made.id, limit=2, offset=4)
    assert (page.members, page.count) == (tuple(found[4:]), 5)
    with pytest.raises(NotFound):
        await member.organizations.members.page(made.id)


async def test_a_role_is_made_replaced_and_deleted(client: AsyncClient) -> None:
    made, name = await make(client), "deployer"

    role = await client.organizations.roles.create(made.id, name, permissions=DEPLOYING)

    assert (role.name, role.built_in, role.organization_id) == (name, False, made.id)
    assert set(role.organization_permissions) == set(DEPLOYING)
    with pytest.raises(Conflict):
        await client.organizations.roles.create(made.id, name, permissions=DEPLOYING)
    replaced = await client.organizations.roles.replace(
        made.id, name, permissions=DEPLOYING[:1], display_name="Deployer"
    )
    assert replaced.organization_permissions == DEPLOYING[:1]
    listed = {one.name: one for one in await client.organizations.roles.list(made.id)}
    assert listed[name].display_name == "Deployer"
    assert listed["organization-admin"].built_in
    await client.organizations.roles.delete(made.id, name)
    with pytest.raises(NotFound, match="deployer"):
        await client.organizations.roles.delete(made.id, name)
    with pytest.raises(NotFound):
        await client.organizations.roles.replace(made.id, name, permissions=DEPLOYING)
    with pytest.raises(NotFound):
        await client.organizations.roles.list(uuid4())


async def test_a_group_is_made_filled_and_deleted(client: AsyncClient, member: AsyncClient) -> None:
    made, alice = await client.organizations.get(), await member.users.get()
    groups, name = client.organizations.groups, unique("reviewers")

    group = await groups.create(made.id, name, display_name="Reviewers")

    assert (group.organization_id, group.members, group.total_member_count) == (made.id, (), 0)
    with pytest.raises(Conflict):
        await groups.create(made.id, name)
    filled = await groups.update(group.id, add_users=[alice.id])
    assert [person.username for person in filled.members] == [alice.username]
    assert filled.display_name == "Reviewers"
    assert await groups.get(group.id) == filled
    assert {made.id, group.id} <= {one.id for one in await groups.list(made.id)}
    with pytest.raises(InvalidRequest, match="must be a member"):
        await groups.update(group.id, add_users=[uuid4()])
    assert (await groups.update(group.id, remove_users=[alice.id])).members == ()
    await groups.delete(group.id)
    for gone in (groups.get(group.id), groups.delete(group.id)):
        with pytest.raises(NotFound):
            await gone
    with pytest.raises(NotFound):
        await groups.list(uuid4())
