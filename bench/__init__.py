"""What is measured, and against whom. `python -m bench` (or `make bench`) runs it all; see docs/performance.md."""
