"""Model files: what they say of themselves, and files that are never half there."""
