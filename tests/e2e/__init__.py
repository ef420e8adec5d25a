"""The whole product, with real peers on every side."""
