"""The runs of a folder: an index made from the files."""
