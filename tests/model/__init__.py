"""The specification of the breaker once more, in Python, to hold the JavaScript against."""
