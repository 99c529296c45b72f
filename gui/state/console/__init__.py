"""What the console shows of a bench."""
