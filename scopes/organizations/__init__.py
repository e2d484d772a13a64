"""Organizations, and what is in them: members, groups, roles of their own."""
