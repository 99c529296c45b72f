"""Instruments on CAN."""
