"""Who somebody is and what they may do: roles, permissions, sessions, ways to sign in."""
