"""What somebody may do: the policy, roles, scopes, keys, organizations and decisions."""
