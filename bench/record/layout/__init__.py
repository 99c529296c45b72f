"""What stands where in a run file."""
