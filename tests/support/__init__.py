"""What several tests stand on: the database of a session, sinks and simulated providers."""
