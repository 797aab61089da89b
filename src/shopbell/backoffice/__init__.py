"""The merchant's pages over all packages: home, orders, customers, messages, problems, search.

Thin views that read queries and call actions of the packages below. No tables of its own.
"""
