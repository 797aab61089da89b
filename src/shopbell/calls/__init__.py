"""The phone: calls that come in and go out, what was agreed in them, call-backs that were promised.

It owns lines (how a number answers), calls, and the phones that agents are rung at. What a provider
says comes as `ports.Heard`, what a caller hears next is a `script`. A newcomer's mistake: doing
something in the answer to a webhook. It only reads; effects follow from what was stored.
"""
