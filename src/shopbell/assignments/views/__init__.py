"""Pages of teams, and the switch in the menu of a person."""
