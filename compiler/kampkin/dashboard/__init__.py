"""`kampkin dashboard`: every breaker on one page that an outage can be read from. It shows and proposes; it changes nothing live."""
