"""`kampkin dashboard`: a page on this machine that shows what the edge does, and proposes changes of the file."""
