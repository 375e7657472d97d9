"""Provider plugins for the clouds on this machine, in the place of `pulumi-resource-aws` and `pulumi-resource-cloudflare`."""
