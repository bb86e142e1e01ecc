"""From data sets to augmented batches: who is drawn when, and what is cut out of which picture."""
