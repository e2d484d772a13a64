"""What the doors of every room share: whose key a request brings, organizations and roles."""
