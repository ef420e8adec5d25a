"""What every tenant's database holds."""
