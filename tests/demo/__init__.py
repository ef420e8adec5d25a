"""A tenant full of people, threads and calls, the same for the same seed: for the demo, the benches and the tests."""
