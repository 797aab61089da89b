"""Rules, macros and checklists: what the desk does by itself or with one press.

A rule is *event or time → conditions → actions*. What it can be made of is registered in
`conversations.rulebook`; the desk's own words are in `vocabulary`. A newcomer's mistake: changing a
conversation from here by hand. Actions of rules call the actions of `conversations`.
"""
