"""The data room: reading, checking, weighing and splitting tables of events and items."""
