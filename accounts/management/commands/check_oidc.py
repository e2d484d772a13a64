"""`manage.py check_oidc`: test the OIDC configuration against the live providers."""

from argparse import ArgumentParser
from collections.abc import Mapping
from itertools import chain

from django.conf import settings
from django.core.management.base import CommandError

from accounts.links.evidence import people_diagnose
from accounts.providers.configuration import OidcConfig
from accounts.providers.diagnosis import ERROR, Finding, provider_diagnose
from coderauth.commands.operator import OperatorCommand, Options, add_json, found


class Command(OperatorCommand):
    help = (
        "Test the configured OIDC providers and say what is wrong. "
        "Exits with 0 when people can sign in and with 1 when they cannot."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "provider", nargs="?", help="`oidc` for the one without a number, else the number"
        )
        parser.add_argument(
            "--people",
            action="store_true",
            help="also say which claims the last people who signed in had",
        )
        add_json(parser)

    def run(self, options: Options) -> None:
        results = {
            name: self._examine(config, people=options["people"], is_told=not options["json"])
            for name, config in self._chosen(options["provider"]).items()
        }
        failed = [
            name
            for name, findings in results.items()
            if any(one.status == ERROR for one in findings)
        ]
        told = [
            {
                "id": name,
                "ok": name not in failed,
                "checks": [finding.as_dict() for finding in findings],
            }
            for name, findings in results.items()
        ]
        self.say(options, {"providers": told})
        if failed:
            raise CommandError(f"Nobody can sign in with: {', '.join(failed)}.")

    def _chosen(self, provider: str | None) -> Mapping[str, OidcConfig]:
        configured: Mapping[str, OidcConfig] = settings.OIDC_PROVIDERS
        if not configured:
            raise CommandError(
                "No OIDC provider is configured. Set CODERAUTH_OIDC_ISSUER_URL (docs/sso.md)."
            )
        if provider is None:
            return configured
        advice = f"There are {', '.join(configured)}."
        return {provider: found(configured.get(provider), "provider", provider, advice)}

    def _examine(self, config: OidcConfig, *, people: bool, is_told: bool) -> list[Finding]:
        if is_told:
            self.stdout.write(f"{config.id}: {config.sign_in_text} ({config.issuer_url})")
        findings = []
        of_people = people_diagnose(config) if people else ()
        for finding in chain(provider_diagnose(config), of_people):
            findings.append(finding)
            if is_told:
                self.stdout.write(f"  {finding.status:7} {finding.check}: {finding.message}")
                if finding.advice:
                    self.stdout.write(f"          {finding.advice}")
        return findings
