"""`kampkin diff`: what a change of the file means, before it is live."""
