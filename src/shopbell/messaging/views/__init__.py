"""Pages of the template editor. The ledger of messages is shown by the back office."""
