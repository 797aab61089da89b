"""Pages about signing in, the own profile, the store's settings, its staff and its API keys."""
