"""Panels of the reviewer: runs, channels, strips, readings, formulas, export."""
