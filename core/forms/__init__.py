"""What people type on pages that belong to no trial."""
