"""The pages of this room."""

from django.urls import path

from scopes.web.key import ExpirePage, KeyPage, PausePage, ResumePage, RevokePage, RotatePage
from scopes.web.keys import EndSessionsPage, OwnKeysPage
from scopes.web.new_key import NewKeyPage

urlpatterns = [
    path("keys", OwnKeysPage.as_view(), name="keys"),
    path("keys/new", NewKeyPage.as_view(), name="key-new"),
    path("keys/sessions/end", EndSessionsPage.as_view(), name="sessions-end"),
    path("keys/<str:key_id>", KeyPage.as_view(), name="key"),
    path("keys/<str:key_id>/rotate", RotatePage.as_view(), name="key-rotate"),
    path("keys/<str:key_id>/pause", PausePage.as_view(), name="key-pause"),
    path("keys/<str:key_id>/resume", ResumePage.as_view(), name="key-resume"),
    path("keys/<str:key_id>/expire", ExpirePage.as_view(), name="key-expire"),
    path("keys/<str:key_id>/revoke", RevokePage.as_view(), name="key-revoke"),
]
