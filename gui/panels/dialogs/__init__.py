"""Dialogs that guide a person; none of them blocks the console."""
