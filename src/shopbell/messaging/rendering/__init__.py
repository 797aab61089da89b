"""Templates of merchants: Liquid and MJML in, subject, HTML and text out.

`compile.py` runs once per template version, `engine.py` once per message inside a killable child
process, `pool.py` talks to that child. Holds no code, so that the child stays light.
"""
