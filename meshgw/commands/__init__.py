"""One file per command: arguments → exit code, without click."""
