"""Rules that look at several entries or at the whole mesh, one file per subject."""
