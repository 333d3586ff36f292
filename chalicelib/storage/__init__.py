"""DynamoDB through PynamoDB: the only place that knows tables, keys, conditions and expiry."""
