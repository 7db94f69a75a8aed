"""The demo: accounts of every role, and three trials with a simulated population.

`population` says who is simulated, `history` simulates without a database, `store` writes.
Nothing here is an estimate of anything: the numbers are chosen to look like a real trial's.
"""
