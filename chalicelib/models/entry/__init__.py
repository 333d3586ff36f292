"""Entry: what is on record of a journey. Declarations, passes, crossings and what stands beside them."""
