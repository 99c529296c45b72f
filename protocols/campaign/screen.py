"""Shows a campaign on the output stream, and says it by an exit code."""

from __future__ import annotations

import json

import rich.console

from analysis.verdict import Verdict
from bench.exits import Exit
from protocols.campaign.results import CampaignResults
from protocols.campaign.tables import CampaignTables
from protocols.console import WIDTH


def show(results: CampaignResults, language: str) -> None:
    """Show everything."""
    out = rich.console.Console()
    if not out.is_terminal:
        out = rich.console.Console(width=WIDTH)
    for part in CampaignTables(language).all(results):
        out.print(part, highlight=False)


def as_json(results: CampaignResults) -> str:
    """Return JSON text; what the terminal cannot write is escaped."""
    is_unicode = rich.console.Console().encoding.startswith("utf")
    return json.dumps(results.to_json(), ensure_ascii=not is_unicode, indent=2)


def exit_of(results: CampaignResults) -> Exit:
    """Return the exit code of a verdict."""
    if results.verdict is Verdict.FAIL:
        return Exit.FAIL
    return Exit.NOT_SHOWN if results.verdict is Verdict.NOT_SHOWN else Exit.PASS
