"""Commerce facts: products, carts, orders, shipments, tracking events, returns, refunds.

Rows mirror what shops and carriers say; news about them is emitted by `actions` only. A newcomer's
mistake: letting a connector decide what is news. Connectors report states, actions find the change.
"""
