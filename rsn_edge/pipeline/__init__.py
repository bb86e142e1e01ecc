"""From a source through detector and poser to the sinks."""
