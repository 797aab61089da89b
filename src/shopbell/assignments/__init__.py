"""Who gets what customers write: availability, capacity, automatic handing out and giving back.

Teams themselves are rows of the desk. A newcomer's mistake: counting and then assigning. Everything
is decided in `handing.hand_out`, under one lock of the store, so that two workers never give the
same conversation twice nor more than somebody can take.
"""
