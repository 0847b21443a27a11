"""CQL2, the filter language of OGC API Features Part 3: text and JSON become a tree, the tree becomes a mask over a collection."""
