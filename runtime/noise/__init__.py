"""Noise on the weights: models, adversaries, runs and sweeps of noise-tolerant nets."""
