"""Wiring only: environment, Django settings, urls, the list of connectors, the two applications."""
