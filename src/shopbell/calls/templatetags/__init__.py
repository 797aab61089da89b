"""Template tags of the phone."""
