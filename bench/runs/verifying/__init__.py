"""Compares a run with its checksums."""
