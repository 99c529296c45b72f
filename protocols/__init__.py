"""Test sequences, and how each test is judged."""
