"""The bench server and the one port through which clients talk to it."""
