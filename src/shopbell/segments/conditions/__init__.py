"""The conditions that come with segments; importing the rooms registers them."""
