"""What is wrong with an annotation file and its pictures, told by name before a training is spent on it."""
