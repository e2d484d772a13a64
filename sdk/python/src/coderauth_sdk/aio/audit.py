"""The audit."""

from collections.abc import AsyncIterator

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.audit import AuditEntry, AuditPage
from coderauth_sdk.parsing import parse
from coderauth_sdk.requests import document, page_size_of


class AsyncAudit:
    """`client.audit`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def page(self, q: str = "", *, limit: int = 100, offset: int = 0) -> AuditPage:
        """Return a page of the entries that match, newest first.

        `q` holds words of a target, and `action:delete`, `resource_type:user`, `username:ada`,
        `date_from:2026-01-05` and the like.
        """
        query = document(q=q, limit=limit, offset=offset)
        return parse(AuditPage, await self._send("GET", "/audit", query=query))

    async def iterate(self, q: str = "", *, page_size: int = 100) -> AsyncIterator[AuditEntry]:
        """Yield all entries that match, newest first, fetching page after page.

        Each entry is yielded once, although new ones push earlier ones onto the next page.
        """
        size, offset, count = page_size_of(page_size), 0, 1
        last: AuditEntry | None = None
        while offset < count:
            page = await self.page(q, limit=size, offset=offset)
            for entry in page.audit_logs:
                if last is None or _comes_after(entry, last):
                    yield entry
                    last = entry
            offset += size
            count = page.count


def _comes_after(entry: AuditEntry, last: AuditEntry) -> bool:
    """Say whether an entry follows another in the server's order: newest first, then by id."""
    return entry.time < last.time or (entry.time == last.time and entry.id > last.id)
