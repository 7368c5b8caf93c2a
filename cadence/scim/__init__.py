"""SCIM 2.0: what a directory says of people and groups, over ``operations.people``."""
