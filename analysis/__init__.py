"""Pure numerical functions: arrays in, results with uncertainty out."""
