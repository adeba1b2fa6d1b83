"""What goes out to people, by e-mail and SMS, and the queue it goes through."""
