"""What staff do for an order to put something right: refund, cancel, send again, coupon, return.

A remedy is a row with a state; limits decide who may ask for how much, and a pump carries it out at
the shop, exactly once. A newcomer's mistake: calling the shop in a request. Pages only write rows.
"""
