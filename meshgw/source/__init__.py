"""Text, positions, comments, and the three syntaxes in which users write configuration."""
