"""Contact forms: several for each store, hosted or embedded, each with topics and their few fields.

What is sent becomes a conversation (medium "form") and is answered by mail. A newcomer's mistake:
taking the address somebody typed for who they are. It is only where the answer goes (decision
0200); who somebody is tells the shop's signed word or a link from our mails, see `holders`.
"""
