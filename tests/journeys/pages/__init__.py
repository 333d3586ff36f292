"""People use the pages in a real browser, on the deployed package."""
