"""The clouds on this machine, as far as the stacks use them: accounts that take uploads and remember them."""
