"""Who somebody is: people, their passwords, their providers, and how they sign in."""
