"""One suite a port, of the fake that unit tests use and of the storage that runs: what services may rely on."""
