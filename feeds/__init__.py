"""feeds: a folder of curated news items in; RSS, Atom and JSON feeds and an e-mail digest per topic out."""
