INSERT INTO store_level VALUES ('community');
