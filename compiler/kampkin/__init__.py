"""Kampkin: circuit breakers at the CDN edge, declared in one file."""

__version__ = "0.2.0"
