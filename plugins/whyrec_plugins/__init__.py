"""The bundled plugins: they come in through the same door as a stranger's."""
