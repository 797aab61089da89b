"""`python -m shopbell.operations`: the same as the `shopbell` command."""

from shopbell.operations.cli import main

main()
