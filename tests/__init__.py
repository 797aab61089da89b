"""The tests, mirroring src/shopbell."""
