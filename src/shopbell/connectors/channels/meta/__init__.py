"""What Instagram and Messenger have in common: the Graph API, its webhooks, its words.

No connector of its own. What differs between the two is data (`traits.py`).
"""
