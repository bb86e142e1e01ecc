"""From a checkpoint to files that a device runs."""
