"""Accuracy and latency of the deployed artefact."""
