"""What people fill in about stores, staff and keys."""
