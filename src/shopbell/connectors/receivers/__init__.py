"""Programs that are told of things. Each folder is one kind of receiver and can be deleted."""
