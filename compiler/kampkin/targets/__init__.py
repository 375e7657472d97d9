"""Pulumi programs: what a plan needs on each cloud. The only place that knows Pulumi; importing it does not load Pulumi."""
