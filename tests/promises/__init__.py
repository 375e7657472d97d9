"""What kampkin.promises reckons, played on the machine that ships."""
