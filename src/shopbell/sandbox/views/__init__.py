"""Pages of the sandbox: people with their mailbox, and what they do on the phone."""
