"""The domain's nouns and rules: pydantic models and pure functions, no AWS, no input or output but shipped data."""
