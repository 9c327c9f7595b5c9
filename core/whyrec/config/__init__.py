"""Reading a config: TOML with the place of every key, checked against the plugins."""
