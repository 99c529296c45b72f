"""Simulated instruments in front of one plant model."""
