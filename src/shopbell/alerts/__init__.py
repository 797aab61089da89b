"""What the people who work here want to know: news of their conversations, mentions, new cases.

Owns alerts, followers, each person's choice per kind of news, and the devices they are pushed to.
An alert is read when its reader has had the conversation open since (`conversations.Seen`).
"""
