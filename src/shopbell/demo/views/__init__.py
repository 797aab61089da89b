"""Pages of the demo: the controls for staff, and the shop for visitors."""
