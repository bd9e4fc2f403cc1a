"""How are tables that a team already has read as if they were a kind's own? The user's page is docs/attaching.md."""
