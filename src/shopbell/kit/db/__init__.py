"""Database floor: store scope, tenant models, isolation (RLS, composite keys), wake-ups, fields."""
