"""Files to rows to products: formats, mappings, and a report of every row that was wrong."""
