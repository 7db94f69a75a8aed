"""The dispenser's workplace, the pharmacist's supply page, and reports about kits."""
