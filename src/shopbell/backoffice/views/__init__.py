"""Views of the merchant pages, one module a noun."""
