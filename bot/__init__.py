"""The product that people talk to."""
