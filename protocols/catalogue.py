"""Where the shipped protocols and object kinds lie."""

from pathlib import Path

PROTOCOLS = Path(__file__).parent
"""Folder with one folder of protocols per object kind, and the duty cycles."""
OBJECTS = PROTOCOLS / "objects"
"""Folder with the object kinds."""
