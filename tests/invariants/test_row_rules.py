"""What the database can hold of the rules for rows, it holds; whatever code writes them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import Notice, Passcode, ProviderSession, UsedLogoutToken, User, UserLink
from audit.models import Chain, Entry, Stream
from coderauth.models import Deployment, RateWindow
from scopes.models import (
    CustomRole,
    Group,
    Key,
    KeyCeiling,
    KeyJob,
    KeyJobItem,
    Membership,
    Organization,
    RegisteredObject,
)
from scopes.organizations.selectors import default_organization
from tests.people import make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DIGEST = "0" * 64


def user(**fields: Any) -> models.Model:
    return User(**{"username": "ada", "email": "ada@example.test", **fields})


def passcode(**fields: Any) -> models.Model:
    values = {"user": make_user("grace"), "hashed_passcode": "x", "expires_at": NOW, **fields}
    return Passcode(**values)


def link(**fields: Any) -> models.Model:
    return UserLink(
        **{"user": make_user("grace"), "login_type": "oidc", "provider": "oidc", **fields}
    )


def provider_session(**fields: Any) -> models.Model:
    return ProviderSession(**{"key_id": "0123456789", "user": make_user("grace"), **fields})


def used_logout_token(**fields: Any) -> models.Model:
    return UsedLogoutToken(**{"digest": DIGEST, "expires_at": NOW, **fields})


def job(**fields: Any) -> models.Model:
    values = {"act": "revoke", "user": make_user("grace"), "caller_key_id": "0123456789"}
    return KeyJob(**{**values, **fields})


def job_item(**fields: Any) -> models.Model:
    whole = job()
    whole.save()
    return KeyJobItem(**{"job": whole, "key_id": "0123456789", **fields})


def organization(**fields: Any) -> models.Model:
    return Organization(**{"name": "other", **fields})


def membership(**fields: Any) -> models.Model:
    grace = make_user("grace", joins=False)
    return Membership(**{"user": grace, "organization": default_organization(), **fields})


def custom_role(**fields: Any) -> models.Model:
    return CustomRole(**{"name": "reader", "organization": default_organization(), **fields})


def group(**fields: Any) -> models.Model:
    return Group(**{"name": "devs", "organization": default_organization(), **fields})


def key(**fields: Any) -> models.Model:
    values = {
        "id": "0123456789", "hashed_secret": bytes(32), "user": make_user("grace"),
        "login_type": "token", "name": "ci", "lifetime_seconds": 60, "expires_at": NOW, **fields,
    }  # fmt: skip
    return Key(**values)


def notice(**fields: Any) -> models.Model:
    return Notice(**{"user": make_user("grace"), "kind": "new_device", **fields})


def ceiling(**fields: Any) -> models.Model:
    return KeyCeiling(**{"role": "member", **fields})


def registered(**fields: Any) -> models.Model:
    return RegisteredObject(**{"type": "workspace", "object_id": uuid4(), **fields})


def entry(**fields: Any) -> models.Model:
    return Entry(**{"action": "write", "resource_type": "user", **fields})


def chain(**fields: Any) -> models.Model:
    return Chain(**fields)


def window(**fields: Any) -> models.Model:
    values = {"key": "x", "window_at": 1, "current_hits": 0, "previous_hits": 0, **fields}
    return RateWindow(**values)


def stream(**fields: Any) -> models.Model:
    return Stream(**{"name": "webhook", **fields})


def deployment(**fields: Any) -> models.Model:
    return Deployment(**fields)


LATER = NOW + timedelta(seconds=1)
ROTATED = {"old_hashed_secret": bytes(32), "old_valid_until": NOW, "rotated_at": NOW}
# By constraint: what breaks it, and what comes nearest without breaking it.
RULES: dict[str, tuple[Callable[..., models.Model], list[dict[str, Any]], list[dict[str, Any]]]] = {
    "user_username_given": (user, [{"username": ""}], [{"username": "a"}]),
    "user_email_given": (
        user,
        [{"email": ""}, {"is_service_account": True, "login_type": "none"}],
        [{"email": "a@b"}, {"is_service_account": True, "login_type": "none", "email": ""}],
    ),
    "user_service_account": (
        user,
        [
            {"is_service_account": True, "email": "", "login_type": "password"},
            {"is_service_account": True, "email": "", "login_type": "none", "password": "x"},
        ],
        [{"is_service_account": True, "email": "", "login_type": "none"}],
    ),
    "user_muted_notices_list": (user, [{"muted_notices": {}}], [{"muted_notices": ["x"]}]),
    "user_status_known": (user, [{"status": "gone"}], [{"status": "dormant"}]),
    "user_login_type_known": (user, [{"login_type": "token"}], [{"login_type": "none"}]),
    "user_github_id_positive": (
        user,
        [{"github_com_user_id": 0}, {"github_com_user_id": -1}],
        [{"github_com_user_id": 1}, {"github_com_user_id": None}],
    ),
    "user_roles_list": (user, [{"site_roles": {}}, {"site_roles": "owner"}], [{"site_roles": []}]),
    "notice_kind_given": (notice, [{"kind": ""}], [{"kind": "new_device"}]),
    "notice_facts_map": (notice, [{"facts": []}], [{"facts": {}}]),
    "passcode_hash_given": (passcode, [{"hashed_passcode": ""}], [{}]),
    "link_of_a_provider": (
        link,
        [{"login_type": "password"}, {"login_type": "none"}, {"provider": ""}],
        [{"login_type": "github"}],
    ),
    "link_claims_map": (link, [{"claims": []}], [{"claims": {}}]),
    "provider_session_key_id_length": (
        provider_session, [{"key_id": ""}, {"key_id": "012345678"}], [{}],
    ),
    "provider_session_digest_length": (
        provider_session, [{"session": "x"}], [{"session": ""}, {"session": DIGEST}],
    ),
    "used_logout_token_digest_length": (used_logout_token, [{"digest": "x"}, {"digest": ""}], [{}]),
    "organization_name_given": (organization, [{"name": ""}], [{"name": "a"}]),
    "membership_roles_list": (membership, [{"roles": {}}, {"roles": "x"}], [{"roles": ["x"]}]),
    "custom_role_name_lower": (custom_role, [{"name": "Reader"}, {"name": ""}], [{"name": "r"}]),
    "custom_role_permissions_list": (custom_role, [{"permissions": {}}], [{"permissions": []}]),
    "group_name_given": (group, [{"name": ""}], [{"name": "Devs"}]),
    "key_id_length": (key, [{"id": ""}, {"id": "012345678"}], [{"id": "0123456789"}]),
    "key_hash_length": (
        key,
        [{"hashed_secret": b""}, {"hashed_secret": bytes(31)}, {"hashed_secret": bytes(33)}],
        [{"hashed_secret": bytes(32)}],
    ),
    "key_login_type_known": (key, [{"login_type": "saml"}], [{"login_type": "github"}]),
    "key_token_named": (key, [{"name": ""}], [{"name": "", "login_type": "password"}]),
    "key_lifetime_positive": (
        key, [{"lifetime_seconds": 0}, {"lifetime_seconds": -1}], [{"lifetime_seconds": 1}],
    ),
    "key_ends_by_not_after": (
        key,
        [{"expires_at": LATER, "not_after": NOW}],
        [{"expires_at": NOW, "not_after": NOW}, {"expires_at": NOW, "not_after": LATER}],
    ),
    "key_old_hash_length": (
        key,
        [{**ROTATED, "old_hashed_secret": b""}, {**ROTATED, "old_hashed_secret": bytes(33)}],
        [ROTATED],
    ),
    "key_old_secret_ends": (
        key,
        [
            {"old_hashed_secret": bytes(32)},
            {"old_valid_until": NOW},
            {**ROTATED, "rotated_at": None},
        ],
        [ROTATED, {"rotated_at": NOW}],
    ),
    "key_lists": (
        key, [{"scopes": {}}, {"allow_list": "*:*"}], [{"scopes": [], "allow_list": []}],
    ),
    "key_uses_map": (key, [{"uses": []}], [{"uses": {"user:read": 1}}]),
    "key_ceiling_for_one": (
        ceiling, [{"role": ""}], [{"role": "auditor"}],
    ),
    "key_ceiling_lifetime_positive": (
        ceiling, [{"max_lifetime_seconds": 0}], [{"max_lifetime_seconds": 1}],
    ),
    "key_ceiling_scopes_list": (ceiling, [{"scopes": {}}], [{"scopes": []}, {"scopes": None}]),
    "registered_object_type_given": (registered, [{"type": ""}], [{"type": "file"}]),
    "registered_object_acls": (
        registered, [{"acl_users": []}, {"acl_groups": "x"}], [{"acl_users": {"a": ["*"]}}],
    ),
    "entry_act_given": (entry, [{"action": ""}, {"resource_type": ""}], [{"action": "login"}]),
    "entry_status_code": (
        entry,
        [{"status_code": 0}, {"status_code": 99}, {"status_code": 600}],
        [{"status_code": 100}, {"status_code": 599}],
    ),
    "entry_json": (
        entry, [{"diff": []}, {"additional_fields": "x"}], [{"diff": {}, "additional_fields": {}}],
    ),
    "entry_sealed_whole": (
        entry,
        [
            {"sequence": 1}, {"hash": DIGEST}, {"previous_hash": DIGEST},
            {"sequence": 1, "hash": "x"}, {"sequence": 0, "hash": DIGEST},
        ],
        [{"sequence": 1, "hash": DIGEST}, {"sequence": 2, "hash": DIGEST, "previous_hash": DIGEST}],
    ),
    "stream_named": (stream, [{"name": ""}], [{"name": "x"}]),
    "stream_from_the_beginning": (stream, [{"sent_sequence": -1}], [{"sent_sequence": 0}]),
    "chain_one_row": (chain, [{"number": 2}, {"number": 0}], [{"number": 1}]),
    "chain_in_order": (
        chain,
        [{"anchor_sequence": 2, "anchor_hash": DIGEST, "head_sequence": 1, "head_hash": DIGEST}],
        [{"anchor_sequence": 1, "anchor_hash": DIGEST, "head_sequence": 1, "head_hash": DIGEST}],
    ),
    "chain_anchor_whole": (
        chain,
        [
            {"anchor_hash": DIGEST},
            {"anchor_sequence": 1, "head_sequence": 1, "head_hash": DIGEST},
            {"anchor_sequence": 1, "anchor_hash": "x", "head_sequence": 1, "head_hash": DIGEST},
        ],
        [{}],
    ),
    "chain_head_whole": (
        chain,
        [{"head_hash": DIGEST}, {"head_sequence": 1}],
        [{"head_sequence": 1, "head_hash": DIGEST}],
    ),
    "window_key_given": (window, [{"key": ""}], [{}]),
    "window_counts": (
        window,
        [{"window_at": -1}, {"current_hits": -1}, {"previous_hits": -1}],
        [{"window_at": 0}],
    ),
    "key_job_act_known": (job, [{"act": ""}, {"act": "pause"}], [{}, {"act": "expire"}]),
    "key_job_origin_map": (job, [{"origin": []}], [{"origin": {"page": "x"}}]),
    "key_job_caller_key_length": (job, [{"caller_key_id": "x"}], [{}]),
    "key_job_item_key_length": (job_item, [{"key_id": "x"}], [{}]),
    "deployment_one_row": (deployment, [{"number": 2}], [{"number": 1}]),
}  # fmt: skip
OURS = ("coderauth", "audit", "scopes", "accounts")


def stored(make: Callable[..., models.Model], fields: dict[str, Any]) -> None:
    with transaction.atomic():
        make(**fields).save(force_insert=True)


@pytest.mark.parametrize(
    ("name", "fields"),
    [(name, fields) for name, (_, broken, _) in RULES.items() for fields in broken],
)
def test_the_database_refuses_a_row_that_breaks_a_rule(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as refusal:
        stored(RULES[name][0], fields)

    assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "fields"),
    [(name, fields) for name, (_, _, kept) in RULES.items() for fields in kept],
)
def test_the_database_takes_what_keeps_to_the_rule(name: str, fields: dict[str, Any]) -> None:
    stored(RULES[name][0], fields)


def test_every_rule_of_a_model_is_among_these() -> None:
    declared = {
        constraint.name
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
    }

    assert declared == RULES.keys()


# A column of few words that anything could be written into is how a status that nobody knows comes.
def test_every_column_with_choices_has_a_rule() -> None:
    free = [
        f"{model._meta.label}.{field.name}"
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_fields
        if getattr(field, "choices", None)
        and not any(
            field.name in str(constraint.deconstruct())
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        )
    ]

    assert free == []


def test_every_rule_says_what_it_is() -> None:
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            for constraint in model._meta.constraints:
                if isinstance(constraint, models.CheckConstraint):
                    assert str(constraint.violation_error_message).endswith("."), constraint.name
