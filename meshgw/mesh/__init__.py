"""The index of all that was read, and what Consul's own state would add, each marked as assumed."""
