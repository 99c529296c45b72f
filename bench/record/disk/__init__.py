"""What lies beneath a run file: storage, whole commits with their journal, locks."""
