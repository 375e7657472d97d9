"""What a plan costs: operations counted by running what ships, and a dated table of prices."""
