"""Where skeletons go: pictures, videos, lines of JSON, COCO, OpenPose, CSV."""
