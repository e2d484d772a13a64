"""Organizations and what is in them: members, groups, custom roles."""
