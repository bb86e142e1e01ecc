"""The gate: whether a quantised network says what its float one says, and which of its blocks do not."""
