"""The audit as a stream: each entry, in the order of the chain, to receivers outside."""
