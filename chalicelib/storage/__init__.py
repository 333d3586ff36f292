"""DynamoDB: the only place that knows tables, keys, conditions and expiry."""
