"""What the reviewer shows of run files."""
