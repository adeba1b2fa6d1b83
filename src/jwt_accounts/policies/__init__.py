"""Pure decisions: values in, verdict out. No ORM, no HTTP, no clock; time is an argument."""
