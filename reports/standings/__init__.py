"""Several methods at once: interquartile means, ranks, probability of improvement."""
