"""Pulumi's engine on a machine that has none: the CLI built from its Go modules, and a language host for Python."""
