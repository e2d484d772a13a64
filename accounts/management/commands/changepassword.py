"""Replace Django's command of this name, which would leave the user's keys valid."""

from accounts.management.commands.reset_password import Command

__all__ = ["Command"]
