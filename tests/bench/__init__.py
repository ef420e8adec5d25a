"""The benches' frame, and the generated tenant that they stand on."""
