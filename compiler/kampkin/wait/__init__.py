"""`kampkin wait`: after a deploy, when each edge runs what the file says, and which one still does not."""
