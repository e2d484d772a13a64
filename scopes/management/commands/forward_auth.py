"""`manage.py forward_auth`: check the rules file, and try it."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from coderauth.commands.operator import OperatorCommand, Options, add_json, table
from scopes.callers import Caller, find_caller
from scopes.commands import SEE
from scopes.forward_auth.deciding import demand_by_rule, judge
from scopes.forward_auth.rules import ForwardRule, RulesError, read_rules, rule_for
from scopes.models import KEY_ID_LENGTH

COLUMNS = ("rule", "hosts", "paths", "methods", "needs")
NO = "The answer is no."
MISSING = "There are no rules: set CODERAUTH_FORWARD_AUTH_RULES, or give --rules."


class Command(OperatorCommand):
    help = "Check and try the rules of `/api/v2/auth/forward`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        checking = acts.add_parser("check", help="read a rules file and list its rules")
        checking.set_defaults(run=self._check)
        _add_rules(checking)
        add_json(checking)
        trying = acts.add_parser("try", help="say what a request would be answered")
        trying.set_defaults(run=self._try)
        _add_rules(trying)
        trying.add_argument("--host", default="", help="of the application")
        trying.add_argument("--path", required=True, help="that the browser asks for")
        trying.add_argument("--method", default="GET", help="by default GET")
        trying.add_argument("--key", help="the id of a key that asks; without one: who it needs")
        add_json(trying)

    def _check(self, options: Options) -> None:
        rules = _rules(options)
        rows = [_cells(rule) for rule in rules]
        listed = {"rules": [_document(rule) for rule in rules], "count": len(rules)}
        self.say(options, listed, *table(COLUMNS, rows))

    def _try(self, options: Options) -> None:
        rules = _rules(options)
        asked = {name: options[name] for name in ("host", "path", "method")}
        rule = rule_for(rules, **asked)
        if rule is None:
            self.say(options, {"rule": None, "allowed": False}, "No rule fits: 403.")
            raise CommandError(NO)
        if not options["key"]:
            needed = _cells(rule)[-1]
            known = {"rule": rule.name, "needs": list(rule.needs), "scope": rule.scope}
            self.say(options, known, f"{rule.name} decides; it needs {needed}.")
            return
        verdict = judge(_caller(options["key"]), demand_by_rule(rule))
        told = {
            "rule": rule.name,
            "allowed": verdict.allowed,
            "missing": list(verdict.missing),
        }
        if verdict.allowed:
            self.say(options, told, f"{rule.name} lets it on: 200.")
            return
        self.say(options, told, f"{rule.name} refuses it: 403, {', '.join(verdict.missing)}.")
        raise CommandError(NO)


def _add_rules(parser: ArgumentParser) -> None:
    parser.add_argument("--rules", help="a rules file; by default that of the settings")


def _rules(options: Options) -> Sequence[ForwardRule]:
    path = options["rules"]
    if not path:
        rules: Sequence[ForwardRule] = settings.FORWARD_AUTH_RULES
        if not rules:
            raise CommandError(MISSING)
        return rules
    try:
        return read_rules(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    except RulesError as error:
        raise CommandError(f"{path} {error}.") from error


def _caller(key_id: str) -> Caller:
    caller = find_caller(key_id.partition("-")[0][-KEY_ID_LENGTH:])
    if caller is None:
        raise CommandError(f"There is no key {key_id.partition('-')[0]!r}. {SEE}")
    return caller


def _cells(rule: ForwardRule) -> tuple[str, ...]:
    needs = [*rule.needs, *([f"the scope {rule.scope}"] if rule.scope else [])]
    return (
        rule.name,
        ", ".join(rule.hosts) or "any",
        ", ".join(rule.paths) or "any",
        ", ".join(rule.methods) or "any",
        ", ".join(needs) or "being signed in",
    )


def _document(rule: ForwardRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "hosts": list(rule.hosts),
        "paths": list(rule.paths),
        "methods": list(rule.methods),
        "needs": list(rule.needs),
        "scope": rule.scope,
    }
