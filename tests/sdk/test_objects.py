"""`client.objects`."""

from uuid import UUID, uuid4

import pytest
from coderauth_sdk import (
    AsyncClient,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    ObjectReference,
    ObjectWish,
)

pytestmark = pytest.mark.anyio


async def test_an_object_is_registered_replaced_and_forgotten(
    client: AsyncClient, member: AsyncClient
) -> None:
    objects, alice, workspace = client.objects, await member.users.get(), uuid4()
    [organization] = alice.organization_ids

    made = await objects.put(
        "workspace",
        workspace,
        owner_id=alice.id,
        organization_id=organization,
        acl_user_list={alice.id: ["read"]},
        acl_group_list={organization: ["read", "stop"]},
    )

    assert (made.type, made.id, made.owner_id) == ("workspace", workspace, alice.id)
    assert made.organization_id == organization
    assert made.acl_user_list == {alice.id: ("read",)}
    assert made.acl_group_list == {organization: ("read", "stop")}
    assert await objects.get("workspace", workspace) == made
    replaced = await objects.put("workspace", workspace, owner_id="me")
    assert replaced.owner_id == (await client.users.get()).id
    assert (replaced.organization_id, replaced.acl_user_list) == (None, {})
    await objects.delete("workspace", workspace)
    with pytest.raises(NotFound):
        await objects.get("workspace", workspace)
    with pytest.raises(NotFound):
        await objects.delete("workspace", workspace)


async def test_a_check_names_a_registered_object(client: AsyncClient, member: AsyncClient) -> None:
    alice, hers, others = await member.users.get(), uuid4(), uuid4()
    [organization] = alice.organization_ids
    owner = await client.users.get()
    for workspace, owner_id in ((hers, alice.id), (others, owner.id)):
        await client.objects.put(
            "workspace", workspace, owner_id=owner_id, organization_id=organization
        )

    assert await member.may("read", "workspace", resource_id=hers)
    assert not await member.may("read", "workspace", resource_id=others)
    assert (await member.objects.get("workspace", hers)).id == hers
    with pytest.raises(NotFound):
        await member.objects.get("workspace", others)


async def test_what_is_wrong_with_an_object_is_said(client: AsyncClient) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await client.objects.put("workspace", uuid4(), owner_id="nobody")
    assert "owner_id" in [one.field for one in refused.value.validations]
    with pytest.raises(NotSignedIn):
        await client.with_token("").objects.put("workspace", uuid4())


async def test_many_are_changed_at_once_or_none(client: AsyncClient) -> None:
    first, second, third = (uuid4() for _ in range(3))
    wishes = [ObjectWish("workspace", one, owner_id="me") for one in (first, second)]

    assert (await client.objects.bulk(put=wishes)).created == 2

    changed = await client.objects.bulk(
        put=[ObjectWish("workspace", first, owner_id="me"), ObjectWish("workspace", third)],
        delete=[ObjectReference("workspace", second)],
    )
    assert (changed.created, changed.updated, changed.deleted) == (1, 1, 1)
    with pytest.raises(InvalidRequest, match=r"put\[1\]"):
        await client.objects.bulk(
            put=[ObjectWish("workspace", second), ObjectWish("workspace", "no-id")]
        )
    with pytest.raises(NotFound):
        await client.objects.get("workspace", second)


async def test_pages_hold_every_object_once(client: AsyncClient, member: AsyncClient) -> None:
    alice = (await member.users.get()).id
    mine: set[UUID] = {uuid4() for _ in range(5)}
    await client.objects.bulk(put=[ObjectWish("workspace", one, owner_id=alice) for one in mine])

    found = [
        one.id async for one in client.objects.iterate("workspace", owner_id=alice, page_size=2)
    ]

    assert found == sorted(mine)
    page = await client.objects.page("workspace", owner_id=alice, limit=2, after_id=found[1])
    assert [one.id for one in page.objects] == found[2:4]
    assert page.next_after_id
    assert not (await client.objects.page("workspace", owner_id=uuid4())).objects
