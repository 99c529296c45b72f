"""The desktop app: a client of the bench server, and a reader of run files."""
