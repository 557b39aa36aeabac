-- Brings a run.db of user_version 5 to 6: replies that are numbers.

ALTER TABLE reply ADD COLUMN numbers BLOB;
