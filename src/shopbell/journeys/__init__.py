"""Journeys: what a customer is sent over days, step by step, until they do what it was for.

A journey is versioned data (`definition`), run by one small engine (`engine`) over rows with a time
(`Enrolment`). A newcomer's mistake: sending from here. A step queues a message; whether and when it
leaves is the send gate's to say.
"""
