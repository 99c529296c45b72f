"""What screens show of each kind of test object: one YAML file each."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the shipped files lie."""
