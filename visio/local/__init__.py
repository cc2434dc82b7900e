"""The embedded stack: everything that `make run` and `make test` start on one machine."""
