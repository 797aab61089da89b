"""The demo shop: a simulated shop, customers and carriers that post real signed webhooks.

It writes no facts into the database: everything a visitor sees came through the front door, as it
would from Shopify and a carrier. `scenario.Simulator` is pure; `poster` sends. See README.md.
"""
