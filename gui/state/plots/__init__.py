"""What plots show."""
