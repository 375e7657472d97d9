"""`kampkin drift`: what runs at the edge is not what the file says. Desired is what the stacks would declare; live is read from
the clouds with the usual credentials, without Pulumi's engine."""
