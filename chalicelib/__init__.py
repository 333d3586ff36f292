"""Tây Ninh Pass: everything that ships beside `app.py`."""
