"""Findings: what runs have shown, as tables and charts."""
