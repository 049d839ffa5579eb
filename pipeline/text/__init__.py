"""Format text and numbers for people: plurals, columns, fonts, pages, JSON."""
