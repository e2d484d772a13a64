"""Objects of other services, registered so that checks can name their ids."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.inputs import AccessList, ObjectReference, ObjectWish
from coderauth_sdk.models.objects import BulkResult, ObjectPage, RegisteredObject
from coderauth_sdk.parsing import parse
from coderauth_sdk.requests import Reference, document, page_size_of, path


class AsyncObjects:
    """`client.objects`; objects are given by type and id."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def put(
        self,
        resource_type: str,
        resource_id: Reference,
        *,
        owner_id: Reference | None = None,
        organization_id: Reference | None = None,
        acl_user_list: AccessList | None = None,
        acl_group_list: AccessList | None = None,
    ) -> RegisteredObject:
        """Register an object, or replace it completely; `owner_id` may be `me`."""
        body = document(
            owner_id=owner_id,
            organization_id=organization_id,
            acl_user_list=acl_user_list,
            acl_group_list=acl_group_list,
        )
        answer = await self._send("PUT", path("objects", resource_type, resource_id), body=body)
        return parse(RegisteredObject, answer)

    async def get(self, resource_type: str, resource_id: Reference) -> RegisteredObject:
        """Return a registered object."""
        return parse(
            RegisteredObject, await self._send("GET", path("objects", resource_type, resource_id))
        )

    async def delete(self, resource_type: str, resource_id: Reference) -> None:
        """Forget an object."""
        await self._send("DELETE", path("objects", resource_type, resource_id))

    async def page(
        self,
        resource_type: str,
        *,
        owner_id: Reference | None = None,
        organization_id: Reference | None = None,
        limit: int = 100,
        after_id: UUID | None = None,
    ) -> ObjectPage:
        """Return a page of the objects of a type that the caller may read, by id."""
        query = document(
            owner_id=owner_id, organization_id=organization_id, limit=limit, after_id=after_id
        )
        return parse(
            ObjectPage, await self._send("GET", path("objects", resource_type), query=query)
        )

    async def iterate(
        self,
        resource_type: str,
        *,
        owner_id: Reference | None = None,
        organization_id: Reference | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[RegisteredObject]:
        """Yield the objects of a type by id, fetching page after page."""
        size, last = page_size_of(page_size), None
        while True:
            page = await self.page(
                resource_type,
                owner_id=owner_id,
                organization_id=organization_id,
                limit=size,
                after_id=last,
            )
            for one in page.objects:
                yield one
            last = page.next_after_id
            if last is None:
                return

    async def bulk(
        self, *, put: Sequence[ObjectWish] = (), delete: Sequence[ObjectReference] = ()
    ) -> BulkResult:
        """Register, replace and delete up to 1,000 objects: all of them, or none."""
        body = document(put=put, delete=delete)
        return parse(BulkResult, await self._send("POST", "/objects/bulk", body=body))
