"""Person detectors behind one seam: a frame in, persons out."""
