"""The command line's surface: names, options and help. Light to import: work is imported as it is done."""
