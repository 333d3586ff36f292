"""The letters of an SMS."""

import string

GSM_7 = set(string.ascii_letters + string.digits + "@ \n!\"#$%&'()*+,-./:;<=>?_")
"""The part of the GSM 7-bit default alphabet (3GPP TS 23.038) that our texts use."""
