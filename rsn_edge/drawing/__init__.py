"""Skeletons on pictures, contact sheets, plots."""
