"""What the pages and the exports show, put together from several apps."""
