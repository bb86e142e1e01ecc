"""RSN, MSPN and the person detector in PyTorch, each built from its spec."""
