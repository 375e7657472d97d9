"""What a change of a file does, for the person who reviews it."""
