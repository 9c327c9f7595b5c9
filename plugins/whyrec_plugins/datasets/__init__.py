"""The bundled data sources: event files, MovieLens, and a made storefront."""
