"""The scan loop, the state machine of the bench, and the sequencer it advances."""
