"""What a diagnostic, a rule and a severity are, and how the rules of an object are run."""
