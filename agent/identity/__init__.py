"""The identity ladder: how a shopper proves who they are, rung by rung. Nothing here knows HTTP."""
