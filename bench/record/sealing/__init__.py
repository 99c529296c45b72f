"""From the frames of the log to the run file: whole chunks, commits, parts."""
