"""From a stored raw mail to an entry of a conversation.

`reading` takes the bytes apart in killable children, `belonging` finds the thread a mail continues,
`taking` writes, `reports` handles bounces. A newcomer's mistake: believing a header. What a mail
refers to counts only when its sender was part of that.
"""
