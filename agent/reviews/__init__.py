"""What customers' reviews say: how they feel, of what, and what of it a shopper should know."""
