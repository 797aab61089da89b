"""Leads from a journey to its results."""

from shopbell.web.beside import PageBeside, add_page

add_page("journey", PageBeside("Results", "reports", "results:journey", "results:read"))
