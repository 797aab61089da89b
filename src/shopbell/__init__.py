"""Shopbell: an online store talks with its customers."""

__version__ = "0.1.0"
