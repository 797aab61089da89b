"""What customers are after: waiting lists for what is sold out, and what was looked at or left.

Owned: who waits for which variant, with the proof that they asked; the batches in which they are
called when it is back; what somebody looked at. A newcomer's mistake: sending from here. Who is
called is news; a journey says it.
"""
