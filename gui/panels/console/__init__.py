"""The panels of the console."""
