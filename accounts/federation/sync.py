"""Update groups and site roles to the provider's claims, at each sign-in.

Where the sync is on, the claim is the whole truth: somebody has exactly the groups of the default
organization, and exactly the site roles, that it says. Nothing else about an organization changes.
"""

import logging
from collections.abc import Iterable, Sequence

from django.conf import settings

from accounts.models import User
from accounts.owners import is_last_owner
from accounts.people.users import tracked
from accounts.providers.configuration import OidcConfig
from accounts.providers.identity import Identity, Provider
from audit.changes import changing
from audit.records import Attempt, difference, record
from scopes.assignment import IMPLIED
from scopes.engine.roles import OWNER, SITE_ROLES
from scopes.models import Group, GroupMembership, Membership, Organization
from scopes.organizations.groups import EVERYONE, group_insert
from scopes.organizations.selectors import default_organization, organization_lock
from scopes.rules import group_name

logger = logging.getLogger(__name__)


def groups_prepare(identity: Identity) -> None:
    """Lock the organization whose groups will change.

    Before any user is locked: every change of a group locks its organization first.
    """
    if identity.groups is not None:
        organization_lock(default_organization().pk)


def groups_sync(provider: Provider, identity: Identity, user: User) -> None:
    """Put a locked user into the groups that the claim lists, and remove them from all others.

    Must run in the transaction of `groups_prepare`.
    """
    config = settings.OIDC_PROVIDERS.get(provider.id)
    if config is None or identity.groups is None:
        return
    organization = default_organization()
    wanted = _wanted_groups(config, identity.groups)
    stored = {row.name.lower(): row for row in Group.objects.filter(organization=organization)}
    if config.group_auto_create:
        for name in wanted.keys() - stored.keys():
            stored[name] = group_insert(
                organization=organization, name=wanted[name], origin=_origin(provider, "group_sync")
            )
    _set_groups(provider, user, organization, [stored[name] for name in wanted if name in stored])


def _wanted_groups(config: OidcConfig, claimed: Iterable[str]) -> dict[str, str]:
    """Return the names of our groups that a claim stands for, by their lower-case form."""
    names = [config.group_mapping.get(value, value) for value in claimed]
    usable = {
        name.lower(): name
        for name in names
        if name and group_name.accepts(name) and name.lower() != EVERYONE.lower()
    }
    if len(usable) < len({name.lower() for name in names}):
        logger.info("Some groups of a provider's claim cannot be groups here")
    return usable


def _set_groups(
    provider: Provider, user: User, organization: Organization, wanted: Sequence[Group]
) -> None:
    Membership.objects.get_or_create(user=user, organization=organization)
    inside = GroupMembership.objects.filter(user=user, group__organization=organization)
    before = {row.group_id: row.group.name for row in inside.select_related("group")}
    after = {row.pk: row.name for row in wanted}
    if before.keys() == after.keys():
        return
    inside.exclude(group_id__in=after).delete()
    GroupMembership.objects.bulk_create(
        GroupMembership(user=user, group_id=group) for group in after.keys() - before.keys()
    )
    record(
        action="write",
        resource_type="user",
        resource_id=user.pk,
        resource_target=user.username,
        actor_id=user.pk,
        organization_id=organization.pk,
        diff=difference({"groups": sorted(before.values())}, {"groups": sorted(after.values())}),
        additional_fields=_origin(provider, "group_sync"),
    )


def roles_sync(provider: Provider, identity: Identity, user: User) -> None:
    """Give a locked user the site roles of the claim, and take away all others.

    The last active owner stays one, or nobody could repair a wrong mapping.
    """
    config = settings.OIDC_PROVIDERS.get(provider.id)
    if config is None or identity.roles is None:
        return
    wanted = _wanted_roles(config, identity.roles)
    origin = _origin(provider, "role_sync")
    if OWNER not in wanted and is_last_owner(user):
        wanted.add(OWNER)
        origin["kept_last_owner"] = True
        logger.warning("%s stays an owner: there is no other", user.username)
    if wanted == set(user.site_roles):
        return
    act = Attempt("write", "user", user.pk, user.username, user.pk, additional_fields=origin)
    with changing(user, tracked, act, stamps=False):
        user.site_roles = [name for name in SITE_ROLES if name in wanted]


def _wanted_roles(config: OidcConfig, claimed: Iterable[str]) -> set[str]:
    """Return the site roles that a claim stands for; only a mapping makes owners."""
    wanted = set(config.role_default)
    for value in claimed:
        if value in config.role_mapping:
            wanted.update(config.role_mapping[value])
        elif value != OWNER:
            wanted.add(value)
    return wanted & SITE_ROLES.keys() - {IMPLIED}


def _origin(provider: Provider, subsystem: str) -> dict[str, object]:
    return {
        "automatic_actor": "coder",
        "automatic_subsystem": subsystem,
        "provider": provider.id,
    }
