"""Plant models: state, inputs and a time step in, the next state out."""
