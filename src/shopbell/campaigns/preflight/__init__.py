"""A look over a campaign before it leaves: what stops it, what to think about, what is fine.

Pure: rendered messages and facts come in, findings go out; `examined.py` fetches them. A newcomer's
mistake: judging what was typed. What counts is what readers get, so the rendered mail is read.
"""
