"""What customers say when they are asked: the check after delivery, and what a bad answer begins.

Owns the question ("Is everything right?"), the page it leads to, the answers. A newcomer's mistake:
a timer here. *When* somebody is asked is decided by what queues the message.
"""
