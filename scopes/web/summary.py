"""What a key would be able to do, and what not, in words; and how to make it by the API."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from shlex import quote
from typing import Any

from django.conf import settings

from coderauth.durations import to_nanoseconds
from scopes.engine.catalog import FULL, expand
from scopes.engine.decision import Subject
from scopes.web.forms import NewKeyForm
from scopes.web.picker import beyond_roles


@dataclass(frozen=True, slots=True)
class Ability:
    """A scope in words; `is_granted` is false when the holder's roles grant nothing of it."""

    scope: str
    sentence: str
    is_granted: bool = True


@dataclass(frozen=True, slots=True)
class Summary:
    """What the bar of the form says. `by_api` are the same wish as commands, by their names."""

    abilities: tuple[Ability, ...]
    objects: tuple[str, ...]
    by_api: tuple[tuple[str, str], ...]


def summary(holder: Subject, chosen: Sequence[str], form: NewKeyForm) -> Summary:
    """Return what a key with these scopes could do in the hands of its holder."""
    idle = beyond_roles(holder, [name for name in chosen if name != FULL])
    objects = tuple(form.reachable)
    return Summary(
        abilities=abilities(chosen, idle),
        objects=objects,
        by_api=tuple(
            _by_api(form["token_name"].value() or "my-script", chosen, objects, form.lifetime)
        ),
    )


def abilities(scopes: Sequence[str], idle: Sequence[str] = ()) -> tuple[Ability, ...]:
    """Return each scope of a key with its sentence."""
    return tuple(
        Ability(name, expand(name).description, is_granted=name not in idle) for name in scopes
    )


def _by_api(
    name: str, chosen: Sequence[str], objects: Sequence[str], life: timedelta | None
) -> Iterator[tuple[str, str]]:
    body: dict[str, Any] = {"token_name": name, "scopes": [*chosen]}
    words = ["coder", "tokens", "create", "--name", quote(name)]
    options = [f"name={name!r}", f"scopes={[*chosen]!r}"]
    for scope in chosen:
        words += ["--scope", scope]
    if objects:
        body["allow_list"] = [*objects]
        options.append(f"allow_list={[*objects]!r}")
    for entry in objects:
        words += ["--allow", quote(entry)]
    if life is not None:
        body["lifetime"] = to_nanoseconds(life)
        words += ["--lifetime", f"{life.days * 24}h"]
        options.append(f"lifetime=timedelta(days={life.days})")
    url = f"{settings.ACCESS_URL}/api/v2/users/me/keys/tokens"
    yield "curl", f'curl -H "Coder-Session-Token: $TOKEN" {url} -d {quote(json.dumps(body))}'
    yield "Command line", " ".join(words)
    yield "Python", f"client.tokens.create({', '.join(options)})"
