"""The page shell and the design system: layouts, components, live updates, error pages.

Owns no tables. Knows nothing of stores, orders or staff: pages hand it what to show. How to build a
page: `README.md` beside this file, and `/styleguide` in a running Shopbell.
"""
