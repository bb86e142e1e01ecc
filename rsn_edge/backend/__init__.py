"""Runtimes behind one seam: tensors in, tensors out."""
