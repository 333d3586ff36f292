"""Edges: a request or an event is taken apart, one service called, its answer shaped."""
