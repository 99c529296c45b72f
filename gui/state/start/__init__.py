"""What is known before a run begins."""
