"""Adapters to the outside: shops, carriers, channels. Pure translation, no tables, no decisions.

Every connector is a folder that can be deleted; importing it registers it. Which ones are loaded
is listed in `shopbell.config`.
"""
