"""Effective settings, each with every layer that was looked at."""
