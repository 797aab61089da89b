"""How findings are told: a table for people, JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shopbell.operations.doctor import Finding


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as a JSON list."""
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the findings, the remedies below what they mend."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark = Text("well", style="green") if finding.ok else Text("ill", style="bold red")
        said = Text(finding.sentence)
        if finding.remedy:
            said.append(f"\n{finding.remedy}", style="italic")
        table.add_row(mark, Text(finding.name), said)
    console = Console()
    console.print(table)
    ill = sum(not finding.ok for finding in findings)
    console.print("All is well." if not ill else f"{ill} of {len(findings)} need a hand.")
