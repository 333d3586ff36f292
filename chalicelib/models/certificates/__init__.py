"""Certificates of vaccination, test and recovery, and the keys by which they are believed."""
