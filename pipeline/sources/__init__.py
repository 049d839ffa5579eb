"""Where examples come from: each source gives `Examples`, which is all that the rest of the package sees."""
