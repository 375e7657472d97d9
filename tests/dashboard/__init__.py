"""The server of `kampkin dashboard`."""
