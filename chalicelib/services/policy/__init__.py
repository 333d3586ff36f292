"""The policy: risk by area, and the steps that each risk asks for."""
