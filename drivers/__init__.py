"""Instruments on the wire, and their simulated twins."""
