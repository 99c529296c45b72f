"""The note that one shift leaves the next: from the server, or from the last run file."""
