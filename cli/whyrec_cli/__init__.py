"""The command line of whyrec: thin commands over the core; plugins are met only through the registry."""
