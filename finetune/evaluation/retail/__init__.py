"""Tasks of a whole shop: tau-bench's retail shop, its gold actions and a scripted shopper."""
