"""Charts: what altair describes and vl-convert renders, to SVG and PNG, without a browser."""
