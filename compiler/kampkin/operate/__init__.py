"""Operating what is deployed: what the breakers do, and a person's word to them, with the cloud's own credentials.

Nothing here knows Pulumi; names and addresses come from the plan.
"""
