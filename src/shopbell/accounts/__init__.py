"""The ground: organisations, stores, staff with roles, sign-in, API keys.

A store is the tenant; everything below it carries `store_id`. A user may be staff of many stores.
"""
