"""The desk: what customers write and what people answer.

A conversation is the unit of work an agent sees. It is made of threads (one per inbox and outside
key), and those of entries: what the customer wrote, replies, notes, activities. A newcomer's
mistake: sending from here. A reply is a message of `messaging` and passes the send gate.
"""
