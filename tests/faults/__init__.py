"""Faults on purpose: processes that are killed, disks that rot, callers that mean ill."""
