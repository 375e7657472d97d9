"""`make live`: the smallest file on real accounts: deployed to both clouds, an outage, the vectors that can run there, and
everything taken away again. `tests/e2e/test_live.py` runs the same code on the clouds of this machine."""
