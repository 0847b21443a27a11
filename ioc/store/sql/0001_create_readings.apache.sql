INSERT INTO store_level VALUES ('apache');
