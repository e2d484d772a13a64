"""The audit in the admin, for those who may read it over the API."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from audit.models import Entry
from audit.selectors import entries_readable
from coderauth.http.admin_site import ServiceAdmin
from coderauth.http.principals import visitor_of


class EntryAdmin(ServiceAdmin[Entry]):
    list_display = [
        "at", "action", "resource_type", "resource_target", "status_code", "actor_id", "key_id",
        "ip_address",
    ]  # fmt: skip
    list_filter = ["action", "resource_type", "status_code"]
    search_fields = ["resource_target", "resource_id", "request_id"]
    search_help_text = "Search by target, its id or a request id"
    fields = [
        "id", "at", "actor_id", "key_id", "organization_id", "ip_address", "user_agent",
        "request_id", "action", "resource_type", "resource_id", "resource_target", "status_code",
        "shown_diff", "shown_additional_fields", "sequence", "hash",
    ]  # fmt: skip
    ordering = ["-at", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return entries_readable(visitor_of(request))

    @admin.display(description="diff")
    def shown_diff(self, entry: Entry) -> str:
        return _shown(entry.diff)

    @admin.display(description="additional fields")
    def shown_additional_fields(self, entry: Entry) -> str:
        return _shown(entry.additional_fields)


def _shown(value: object) -> str:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
