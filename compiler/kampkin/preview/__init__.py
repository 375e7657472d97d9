"""What the stacks would declare, without an engine and without an account: each stack's program is run under Pulumi's mocks,
in a process of its own. `child.py` alone loads Pulumi."""
