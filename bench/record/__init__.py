"""Recording: what a run leaves behind, and how it reaches the disk."""
