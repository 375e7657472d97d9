"""`kampkin explain`: one endpoint's URLs, its settings with where each was written, and what they promise."""
