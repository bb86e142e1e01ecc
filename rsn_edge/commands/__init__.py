"""The commands of the library: options, one library call, printing."""
