"""Training, and what goes with it: data, loss, checkpoints, weights of others."""
