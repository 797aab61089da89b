"""Template tags of promises."""
