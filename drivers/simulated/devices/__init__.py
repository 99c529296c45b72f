"""Simulated instruments, each written from its instrument's manual."""
