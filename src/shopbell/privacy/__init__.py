"""What is kept of a person: handed out to them, asked to be erased, and erased.

A newcomer's mistake: handing data out to whoever holds the link of some message. Mails are
forwarded. The link to the data goes to the customer's own mailbox and is good for a day.
"""
