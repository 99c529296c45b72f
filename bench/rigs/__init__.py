"""Shipped rigs."""

from pathlib import Path

FOLDER = Path(__file__).parent
"""Where they lie."""
