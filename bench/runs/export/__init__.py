"""Runs as CSV, Parquet and MDF4: selection ▸ tables of blocks ▸ a file that appears whole."""

from bench.runs.export.exporting import Exported, Format, Wish, export_run, format_of
from bench.runs.export.selection import Selection, select

__all__ = ["Exported", "Format", "Selection", "Wish", "export_run", "format_of", "select"]
