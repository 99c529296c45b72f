"""Panels: each shows one frozen state and emits requests."""
