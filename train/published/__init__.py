"""Weights that others published, in their files and under their names."""
