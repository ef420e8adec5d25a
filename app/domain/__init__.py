"""One folder per noun: records, rules, commands, queries. Shared by the console and the server."""
