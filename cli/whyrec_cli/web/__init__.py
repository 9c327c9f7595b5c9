"""The server of ``whyrec ui``: a page and a JSON API for one reader on this machine."""
