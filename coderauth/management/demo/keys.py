"""The keys of the demo, in every state that there is, and its sessions from several devices."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from string import ascii_letters, digits
from typing import Any

from accounts.models import User
from coderauth.management.demo.company import DEVICES, OWNER, PEOPLE, PURPOSES, SERVICE_ACCOUNTS
from coderauth.management.demo.people import Clock
from scopes.callers import EVERYTHING
from scopes.engine.catalog import FULL
from scopes.keys.tokens import ID_LENGTH, SECRET_LENGTH, join_token
from scopes.models import Key, LoginType
from scopes.uses import HOUR

LETTERS = ascii_letters + digits
YEAR = 365.0


def key_id(clock: Clock) -> str:
    return "".join(clock.chance.choices(LETTERS, k=ID_LENGTH))


def nobodys() -> bytes:
    """Return the hash of a secret that nobody knows."""
    return sha256(secrets.token_bytes(32)).digest()


def token(
    clock: Clock,
    user: User,
    name: str,
    scopes: Sequence[str],
    *,
    age: float,
    lasts: float,
    **fields: Any,
) -> Key:
    """Return a token made `age` days ago that lives `lasts` days, not stored yet."""
    made_at = clock.in_office(age)
    ends_at = made_at + timedelta(days=lasts)
    values: dict[str, Any] = {
        "id": key_id(clock),
        "hashed_secret": nobodys(),
        "login_type": LoginType.TOKEN,
        "scopes": list(scopes),
        "allow_list": [EVERYTHING],
        "lifetime_seconds": int(lasts * 86_400),
        "ip_address": address(clock),
        "expires_at": ends_at,
        "created_at": made_at,
        "updated_at": made_at,
        **fields,
    }
    if values.pop("fixed", False):
        values["not_after"] = ends_at
    return Key(user=user, name=name, **values)


def tokens_make(clock: Clock, people: Mapping[str, User]) -> tuple[list[Key], str]:
    """Make the tokens; return them, and the secret of one of the owner's."""
    owner = people[OWNER.username]
    told = token(clock, owner, "tour", ["workspace:read", "user:read"], age=2, lasts=30)
    secret = "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))
    told.hashed_secret = sha256(secret.encode()).digest()
    rows = [told, *_in_every_state(clock, people), *_of_machines(clock, people)]
    rows += _of_others(clock, people, {key.user_id for key in rows})
    Key.objects.bulk_create(rows)
    return rows, join_token(told.pk, secret)


def _in_every_state(clock: Clock, people: Mapping[str, User]) -> list[Key]:
    owner, second = people[OWNER.username], people["marcus-lind"]
    lab, data, field = people["grace-okafor"], people["jonas-weber"], people["amira-haddad"]
    recent, rotated = clock.ago(0.1), clock.ago(0.4)
    return [
        token(clock, owner, "laptop", [FULL], age=40, lasts=60, last_used_at=recent),
        token(
            clock, lab, "arm-tests", ["workspace:read", "workspace:start", "workspace:ssh"],
            age=30, lasts=90, last_used_at=recent,
            uses=_uses(clock, "workspace:read", "workspace:start"),
        ),
        token(
            clock, lab, "paused-bench", ["workspace:read"], age=50, lasts=100,
            last_used_at=clock.ago(20), paused_at=clock.ago(12), updated_at=clock.ago(12),
        ),
        token(clock, data, "old-import", [FULL], age=60, lasts=20, last_used_at=clock.ago(41)),
        token(
            clock, data, "warehouse", ["template:read", "template:use", "workspace:create"],
            age=45, lasts=90, last_used_at=recent, rotated_at=rotated, updated_at=rotated,
            old_hashed_secret=nobodys(), old_valid_until=clock.now + timedelta(days=1),
            old_last_used_at=recent, uses=_uses(clock, "template:read"),
        ),
        token(
            clock, field, "route-planner", ["workspace:read"], age=27, lasts=30, fixed=True,
            last_used_at=clock.ago(0.5),
        ),
        token(clock, field, "forgotten", ["workspace:read", "workspace:ssh"], age=100, lasts=YEAR),
        token(clock, second, "forgotten-too", [FULL], age=100, lasts=YEAR),
        token(
            clock, second, "audit-export", ["user:read"], age=20, lasts=180, fixed=True,
            last_used_at=clock.ago(1),
        ),
        token(
            clock, second, "one-person", ["user:read", "user:read_personal"], age=9, lasts=60,
            allow_list=[f"user:{second.pk}"], last_used_at=clock.ago(2),
        ),
    ]  # fmt: skip


def _of_machines(clock: Clock, people: Mapping[str, User]) -> list[Key]:
    return [
        token(
            clock,
            people[name],
            purpose,
            scopes,
            age=60 - 3 * number,
            lasts=YEAR,
            last_used_at=clock.ago(0.02),
            uses=_uses(clock, *(scope for scope in scopes if not scope.startswith("coder:"))),
        )
        for number, (name, _, purpose, scopes) in enumerate(SERVICE_ACCOUNTS)
    ]


def _of_others(clock: Clock, people: Mapping[str, User], have: set[Any]) -> list[Key]:
    rows = []
    for person in PEOPLE:
        user = people[person.username]
        if person.left or user.pk in have:
            continue
        for purpose, scopes in clock.chance.sample(PURPOSES, clock.chance.choice((0, 1, 1, 2))):
            age = clock.chance.uniform(1, 20)
            used_at = max(clock.ago(clock.chance.uniform(0, age)), clock.ago(age - 0.5))
            rows.append(
                token(clock, user, purpose, scopes, age=age, lasts=60, last_used_at=used_at)
            )
    return rows


def sessions_make(clock: Clock, people: Mapping[str, User]) -> list[Key]:
    """Make the sessions that are open: two devices for most, all of them for the owner."""
    rows = []
    for person in PEOPLE:
        if person.left or person.status != "active":
            continue
        devices = DEVICES if person is OWNER else clock.chance.sample(DEVICES, 2)
        for device in devices:
            opened_at = clock.ago(clock.chance.uniform(0.01, 0.6))
            rows.append(_session(clock, people[person.username], device, opened_at))
    Key.objects.bulk_create(rows)
    return rows


def _session(clock: Clock, user: User, device: str, opened_at: datetime) -> Key:
    return Key(
        id=key_id(clock),
        hashed_secret=nobodys(),
        user=user,
        login_type=LoginType.PASSWORD,
        way="cli_auth" if device.startswith("coder") else LoginType.PASSWORD.value,
        user_agent=device,
        scopes=[FULL],
        allow_list=[EVERYTHING],
        lifetime_seconds=86_400,
        ip_address=address(clock),
        last_used_at=opened_at,
        expires_at=opened_at + timedelta(days=1),
        created_at=opened_at,
        updated_at=opened_at,
    )


def _uses(clock: Clock, *permissions: str) -> dict[str, int]:
    hour = int(clock.now.timestamp()) // HOUR
    return {name: hour - clock.chance.randrange(48) for name in permissions}


def address(clock: Clock) -> str:
    """Return an address that documentation may use (RFC 5737)."""
    net = clock.chance.choice(("192.0.2", "198.51.100", "203.0.113"))
    return f"{net}.{clock.chance.randint(1, 254)}"
