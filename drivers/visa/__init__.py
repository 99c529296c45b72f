"""Instruments that speak text over VISA."""
