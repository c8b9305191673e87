"""Real programs, issuers, machines and runners: what the end-to-end tests stand on."""
