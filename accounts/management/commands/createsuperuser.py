"""Replace Django's command of this name, which knows neither roles nor the audit."""

from accounts.management.commands.create_admin import Command

__all__ = ["Command"]
