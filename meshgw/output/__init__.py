"""Results as text: one file a format, and writing files atomically."""
