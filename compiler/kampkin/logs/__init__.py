"""`kampkin logs`: what the edges have written about failures, rejections and transitions, out of both clouds' logs."""
