"""What has to be shown before a run may begin: checks, their evidence and its age."""
