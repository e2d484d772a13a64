"""People of a Coder database as accounts here (decision D7)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User, UserLoginType, UserStatus
from accounts.passwords.hashers import CODER_PREFIX
from accounts.people.users import tracked
from accounts.rules import known_email, username
from audit.records import Attempt, difference, record_untold
from coderauth.folding import fold
from coderauth.http.rules import normalize_display_name
from coderauth.management.moving.report import Report
from coderauth.management.moving.source import Row
from scopes.engine.roles import OWNER, SITE_ROLES
from scopes.models import Membership
from scopes.organizations.selectors import default_organization

FIELDS = (
    "username", "email", "name", "avatar_url", "password", "status", "login_type",
    "github_com_user_id", "site_roles", "is_service_account", "last_seen_at",
)  # fmt: skip
ORIGIN = {"moved_from": "coder"}


def people_take(rows: Sequence[Row], *, report: Report, writes: bool) -> set[UUID]:
    """Store a batch in one transaction; return the ids of those who have an account now."""
    with transaction.atomic():
        ids = [UUID(row["id"]) for row in rows]
        here = {user.pk: user for user in User.objects.select_for_update().filter(pk__in=ids)}
        taken = _taken(rows)
        known, made, changed = set(), [], []
        for row in rows:
            user, reason = _account(row)
            if reason or user is None:
                report.note("people", "left_out", reason, str(row["username"]))
                continue
            stored = here.get(user.pk)
            if reason := _clash(user, stored, taken):
                report.note("people", "left_out", reason, user.username)
                continue
            known.add(user.pk)
            outcome = _compared(stored, user)
            reason = "changed here since, kept as here" if outcome == "kept" else ""
            report.note("people", outcome, reason, user.username)
            if stored is None:
                made.append(user)
            elif outcome == "updated":
                changed.append((stored, user))
        if writes:
            _store(made, changed)
    return known


def _account(row: Row) -> tuple[User | None, str]:
    """Return the account as it would be, or why there is none."""
    if row["deleted"]:
        return None, "deleted there"
    if row.get("is_system"):
        return None, "a system user"
    login_type, email = row["login_type"], row["email"] or ""
    if login_type not in UserLoginType.values or row["status"] not in UserStatus.values:
        return None, "its login type or status is not known here"
    is_machine = bool(row.get("is_service_account")) or (login_type == "none" and not email)
    if not username.accepts(row["username"]) or not (is_machine or known_email.accepts(email)):
        return None, "its name or address cannot be used here"
    roles = [role for role in row["rbac_roles"] or () if role in SITE_ROLES and role != "member"]
    return User(
        id=UUID(row["id"]),
        username=row["username"],
        email="" if is_machine else email,
        name=normalize_display_name(row.get("name") or ""),
        avatar_url=(row["avatar_url"] or "")[:2048],
        password="" if is_machine else _password(row["hashed_password"]),
        status=row["status"],
        login_type=UserLoginType.NONE if is_machine else login_type,
        github_com_user_id=row.get("github_com_user_id") or None,
        site_roles=[role for role in roles if not is_machine or role != OWNER],
        is_service_account=is_machine,
        last_seen_at=row["last_seen_at"] if row["last_seen_at"].year > 1 else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    ), ""


def _password(stored: Any) -> str:
    """Return the hash if a sign-in can verify it; otherwise one asks for a passcode."""
    text = stored if isinstance(stored, str) else bytes(stored or b"").decode("ascii", "replace")
    return text if text.startswith(CODER_PREFIX) and len(text) <= 255 else ""


def _taken(rows: Sequence[Row]) -> dict[str, UUID]:
    """Return who has the usernames and addresses of these rows here."""
    names = [row["username"].lower() for row in rows]
    addresses = [fold(row["email"]) for row in rows if row["email"]]
    found = User.objects.living().alias(lower=Lower("username"))
    held: dict[str, UUID] = {}
    for user in found.filter(Q(lower__in=names) | Q(email_folded__in=addresses)):
        held[f"name {user.username.lower()}"] = user.pk
        held[f"address {fold(user.email)}"] = user.pk
    return held


def _clash(user: User, stored: User | None, taken: dict[str, UUID]) -> str:
    """Return why an account cannot be stored beside those here; note its names if it can."""
    if stored is not None and stored.is_deleted:
        return "deleted here"
    marks = [f"name {user.username.lower()}"]
    if user.email:
        marks.append(f"address {fold(user.email)}")
    if any(taken.get(mark, user.pk) != user.pk for mark in marks):
        return "another account here has its name or address"
    taken.update(dict.fromkeys(marks, user.pk))
    return ""


def _compared(stored: User | None, user: User) -> str:
    if stored is None:
        return "created"
    if all(getattr(stored, name) == getattr(user, name) for name in FIELDS):
        return "unchanged"
    return "updated" if user.updated_at > stored.updated_at else "kept"


def _store(made: Sequence[User], changed: Sequence[tuple[User, User]]) -> None:
    home, entries = default_organization(), []
    User.objects.bulk_create(made)
    Membership.objects.bulk_create(Membership(user=user, organization=home) for user in made)
    for user in made:
        act = Attempt("create", "user", user.pk, user.username, additional_fields={**ORIGIN})
        entries.append(act.entry(201, difference({}, tracked(user))))
    for stored, user in changed:
        before = tracked(stored)
        for name in (*FIELDS, "updated_at"):
            setattr(stored, name, getattr(user, name))
        stored.save()
        act = Attempt("write", "user", user.pk, user.username, additional_fields={**ORIGIN})
        entries.append(act.entry(200, difference(before, tracked(stored))))
    record_untold(entries)
