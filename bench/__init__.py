"""The core of the bench: channels, units, time, steps, scan cycle, safety, recording."""
