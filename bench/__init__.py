"""The benchmarks: what Kampkin costs, measured on this machine. `python -m bench`; the results: docs/performance.md."""
