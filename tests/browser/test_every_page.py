"""Every page in a real browser: no barrier, no complaint, nothing that scrolls sideways."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import User
from audit.records import record
from scopes.models import (
    CustomRole,
    Group,
    GroupMembership,
    Key,
    KeyCeiling,
    KeyJob,
    KeyJobItem,
    Organization,
)
from scopes.organizations.selectors import default_organization
from tests.browser.conftest import NARROW
from tests.browser.reading import Visit, scrolls_sideways, violations
from tests.people import make_key, make_user
from tests.scopes.registry import store

OBJECT = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"
KEY = "/keys/{key}"
PERSON = "/admin/people/alice"
ORGANIZATION = "/admin/organizations/{org}"
PAGES = (
    "/keys", "/keys/new", "/keys/new?name=ci&scopes=coder:workspaces.operate,user:read",
    "/keys/sessions/end", KEY, f"{KEY}/rotate", f"{KEY}/expire", f"{KEY}/revoke",
    "/check", "/check?who=me&action=read&type=workspace",
    "/check?who=person&person=alice&action=create&type=organization",
    "/account", "/account/mail", "/account/profile", "/account/password", "/cli-auth",
    "/login/again", "/nowhere",
    "/admin/", "/admin/people", "/admin/people?status=suspended", "/admin/people/new",
    "/admin/service-accounts", "/admin/service-accounts/new",
    PERSON, f"{PERSON}/keys", f"{PERSON}/sessions", f"{PERSON}/organizations", f"{PERSON}/audit",
    f"{PERSON}/rename", f"{PERSON}/suspend", f"{PERSON}/end-access",
    "/admin/keys", "/admin/keys?show=sessions", "/admin/keys/revoke?key={key}",
    "/admin/keys/revoke?all=yes", "/admin/keys/jobs/{job}",
    "/admin/ceilings", "/admin/ceilings/member", "/admin/ceilings/member/remove",
    f"{ORGANIZATION}/ceiling",
    "/admin/organizations", "/admin/organizations/new", ORGANIZATION, f"{ORGANIZATION}/change",
    f"{ORGANIZATION}/members/add", f"{ORGANIZATION}/members/alice", f"{ORGANIZATION}/roles",
    f"{ORGANIZATION}/roles/new", f"{ORGANIZATION}/roles/reader", f"{ORGANIZATION}/groups",
    f"{ORGANIZATION}/groups/new", f"{ORGANIZATION}/groups/{{group}}",
    "/admin/objects", f"/admin/objects/workspace/{OBJECT}", "/admin/scopes",
    "/admin/audit", "/admin/audit/{entry}", "/admin/settings", "/admin/system",
)  # fmt: skip
# Where the screenshots of all pages go, if anywhere: to be looked at.
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def names(transactional_db: None, alice: User) -> dict[str, str]:
    """Store something for every page to show; return what addresses are made of."""
    home = default_organization()
    key = make_key(
        alice, login_type="token", name="nightly-backup",
        scopes=["workspace:read", "workspace:start", "user:read", "task:read"],
    )  # fmt: skip
    make_key(alice, login_type="token", name="all", scopes=["coder:all"])
    make_key(alice, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", way="password")
    make_user("tim", status="suspended", name="Tim Berners-Lee")
    make_user("ci-bot", login_type="none", is_service_account=True, email="")
    Organization.objects.create(name="away", description="Somewhere else")
    group = Group.objects.create(organization=home, name="readers")
    GroupMembership.objects.create(user=alice, group=group)
    KeyCeiling.objects.create(
        role="member", max_lifetime_seconds=90 * 86_400, forbids_full_access=True, max_keys=20
    )
    KeyCeiling.objects.create(organization=home, scopes=["workspace:read", "user:read"])
    permissions = [{"resource_type": "group", "action": "read"}]
    CustomRole.objects.create(name="reader", organization=home, permissions=permissions)
    store("workspace", UUID(OBJECT), owner=alice, acl_users={str(alice.pk): ["read", "ssh"]})
    diff = {"status": {"old": "active", "new": "suspended", "secret": False}}
    entry = record(
        action="write", resource_type="user", resource_id=alice.pk, resource_target="alice",
        actor_id=alice.pk, diff=diff,
    )  # fmt: skip
    record(action="login", resource_type="api_key", resource_target="alice", status_code=401)
    job = KeyJob.objects.create(act="revoke", user=alice, caller_key_id="x" * 10)
    for outcome in ("", "done", "done", "not_found"):
        KeyJobItem.objects.create(job=job, key_id="x" * 10, outcome=outcome)
    old = timezone.now() - timedelta(days=100)
    Key.objects.filter(name="all").update(last_used_at=old, created_at=old)
    return {
        "key": key.partition("-")[0],
        "org": home.name,
        "group": str(group.pk),
        "entry": str(entry.pk),
        "job": str(job.pk),
    }


@pytest.mark.long
def test_no_page_scrolls_sideways(visit: Visit, names: dict[str, str], owner: User) -> None:
    page = visit("/keys", user=owner, viewport=NARROW)
    wide = []
    for path in PAGES:
        page.goto(path.format_map(names))
        if scrolls_sideways(page):
            wide.append(path)
    assert wide == []


@pytest.mark.long
def test_no_page_has_barriers(visit: Visit, names: dict[str, str], owner: User) -> None:
    page = visit("/keys", user=owner)
    barriers = {}
    for path in PAGES:
        page.goto(path.format_map(names))
        assert page.get_by_role("heading", level=1).count() == 1, path
        if found := violations(page):
            barriers[path] = found
    assert barriers == {}


@pytest.mark.skipif(not SHOTS, reason="`SCREENSHOTS=folder` asks for pictures of all pages")
def test_every_page_has_its_picture_taken(visit: Visit, names: dict[str, str], owner: User) -> None:
    for width in (1280, 375):
        for look in ("light", "dark"):
            size = {"width": width, "height": 900}
            page = visit("/keys", user=owner, viewport=size, color_scheme=look)
            for path in PAGES:
                page.goto(path.format_map(names))
                name = path.strip("/").partition("?")[0].replace("/", "-") or "root"
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{look}.png", full_page=True)
