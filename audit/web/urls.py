"""The pages of this room."""

from django.urls import path

from audit.web.entries import AuditCsvPage, AuditEntryPage, AuditPage

urlpatterns = [
    path("admin/audit", AuditPage.as_view(), name="audit"),
    path("admin/audit.csv", AuditCsvPage.as_view(), name="audit-csv"),
    path("admin/audit/<uuid:entry_id>", AuditEntryPage.as_view(), name="audit-entry"),
]
