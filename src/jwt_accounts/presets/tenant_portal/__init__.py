"""The tenant portal: tenants and their users, comments, the activity stream, notifications."""
