"""What end-to-end tests, crash tests and the soak share: a server of their own with its network and
directory, groups on it, real clients, waiting for conditions, and a look at the whole world."""
