"""The shop's database: customers, products, orders, and who may read them."""
