"""Where frames come from: pictures, videos, cameras, generators."""
