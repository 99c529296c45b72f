"""Plots; `canvas` is the only module that knows pyqtgraph."""
