"""What the API answers, one room a noun. These names are a public contract: only ever add."""
