"""Commands on CSV files, without a database: strict readers and the front that they share."""
