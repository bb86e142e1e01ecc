"""Pure arithmetic on boxes, crops, heat-maps and keypoints: arrays in, arrays out."""
