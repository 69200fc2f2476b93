"""What is measured, and against whom; every figure is a ratio taken in one run on one machine."""
