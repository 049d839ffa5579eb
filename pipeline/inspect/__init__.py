"""Looks at a folder of photos before anything is trained: what is there, what is wrong, what training will see."""
