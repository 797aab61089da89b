"""The operations of the API, one room a noun. Importing a room declares its operations."""
