"""What is shown of a kind of test object, as read from its file."""
