"""Small parts of panels; they know no bench."""
