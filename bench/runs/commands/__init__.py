"""Commands over run files, and their screens."""
