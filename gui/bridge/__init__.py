"""Where threads meet: the bench server, run files and long work, seen from the window."""
