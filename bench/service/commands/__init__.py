"""Commands that serve a bench, and that ask a server for something."""
