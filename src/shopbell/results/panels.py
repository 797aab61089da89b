"""Leads from a journey and a campaign to their results."""

from shopbell.web.beside import PageBeside, add_page

add_page("journey", PageBeside("Results", "reports", "results:journey", "results:read"))
add_page("campaign", PageBeside("Results", "reports", "results:campaign", "results:read"))
