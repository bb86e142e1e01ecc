"""The machine at hand and its accelerators."""
