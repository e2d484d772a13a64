"""The command-line door of the service: serving, the worker, generated files, pruning."""
