"""The drawings of the sample shop's product pictures: one module per sort of goods."""
