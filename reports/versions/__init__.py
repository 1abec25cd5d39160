"""The same runs under several releases of torch."""
