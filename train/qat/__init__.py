"""Training with rounding in mind: a finished network learns to compute with the integers that a device will hold."""
