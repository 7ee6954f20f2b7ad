"""A host for trying the blocks: thin pages on top of xblock-sdk's runtime."""
