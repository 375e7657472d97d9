"""What a change of `kampkin.yaml` comes to, for the person who reviews it."""
