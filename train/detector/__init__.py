"""The person detector's training: pictures with boxes, canvases made of them, assignment, loss, scores."""
