"""Pure numerics of a run file: chunks as bytes, min/max pyramid, statistics."""
