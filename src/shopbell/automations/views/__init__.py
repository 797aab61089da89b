"""Pages of rules, macros and checklists."""
