"""`/audit` (accounts.md 1.18)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.documents.entries import AuditPageDocument, entry_document
from audit.search import REFUSAL, parse_search
from audit.selectors import DEFAULT_LIMIT, MOST, entries_visible
from coderauth.http.openapi import operation
from coderauth.http.query import read_page
from coderauth.http.viewsets import Access, ApiViewSet, Asks

SEARCHING = (
    "Those you may read, newest first. `q` holds words of a target, and `key:value`: `action` and "
    "`resource_type` (commas between), `resource_id`, `resource_target`, `username` or `email` of "
    "who acted, `organization`, `request_id`, `date_from` and `date_to` (days, both included). "
    "For example `action:delete username:ada date_from:2026-01-05`."
)


class AuditViewSet(ApiViewSet):
    """What happened."""

    access: ClassVar[dict[str, Access]] = {"list": Asks("audit_log:read")}

    @operation(
        "List and search the audit",
        description=SEARCHING,
        answers={200: AuditPageDocument},
        query={
            "q": (str, "What to search for."),
            "limit": (int, f"At most this many, up to {MOST}; absent or 0: {DEFAULT_LIMIT}."),
            "offset": (int, "Skip this many first."),
        },
        refuses=(REFUSAL,),
    )
    def list(self, request: Request) -> Response:
        asked = request.query_params
        search = parse_search(asked.getlist("q")[0] if "q" in asked else "")
        page = entries_visible(caller=self.caller, search=search, page=read_page(asked))
        entries = [entry_document(row, page) for row in page.entries]
        return Response({"audit_logs": entries, "count": page.count})
