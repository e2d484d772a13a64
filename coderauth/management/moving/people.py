"""People of a Coder database as accounts here (decision D7)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
from scopes.engine.roles import MEMBER, OWNER, SITE_ROLES
from scopes.models import Membership
from scopes.organizations.selectors import default_organization

ORIGIN = {"moved_from": "coder"}


def people_take(rows: Sequence[Row], *, report: Report, writes: bool) -> dict[UUID, str]:
    """Store those of a batch who are not here; return why each other one brings no key.

    Whoever is here already is left as they are: what was done to them here since, such as a
    suspension, must outlast another run. Must run in the transaction that takes their keys.
    """
    ids = [UUID(row["id"]) for row in rows]
    here = {user.pk: user for user in User.objects.filter(pk__in=ids)}
    taken = _taken(rows)
    others: dict[UUID, str] = {}
    made = []
    for row in rows:
        user, reason = _account(row)
        stored = here.get(UUID(row["id"]))
        if user is not None and stored is not None and not stored.is_deleted:
            report.note("people", "here_already")
            others[user.pk] = "its owner moved in before, it did not"
            continue
        if user is None or (reason := _clash(user, stored, taken)):
            report.note("people", "left_out", reason, str(row["username"]))
            others[UUID(row["id"])] = "its owner was left out"
            continue
        report.note("people", "created")
        for role in sorted({*(row["rbac_roles"] or ())} - {MEMBER, *user.site_roles}):
            report.remark("people", "without a role they cannot have here", f"{user}: {role}")
        made.append(user)
    if writes:
        _store(made)
    return others


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
    roles = [role for role in row["rbac_roles"] or () if role in SITE_ROLES and role != MEMBER]
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


def _store(made: Sequence[User]) -> None:
    home, entries = default_organization(), []
    User.objects.bulk_create(made)
    Membership.objects.bulk_create(Membership(user=user, organization=home) for user in made)
    for user in made:
        act = Attempt("create", "user", user.pk, user.username, additional_fields={**ORIGIN})
        entries.append(act.entry(201, difference({}, tracked(user))))
    record_untold(entries)
