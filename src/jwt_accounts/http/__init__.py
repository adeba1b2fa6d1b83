"""All that knows Django REST framework and that contracts share."""
