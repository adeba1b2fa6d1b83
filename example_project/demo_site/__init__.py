"""A host project: everything here is what a user of jwt_accounts writes."""
