"""The bundled recommenders: a file each."""
