-- The sums of each source's ledger, kept up by the statement that writes the ledger, so that nobody has to add up years of minutes.
CREATE TABLE source_total (
  source      text PRIMARY KEY,
  received    bigint NOT NULL,
  stored      bigint NOT NULL,
  duplicate   bigint NOT NULL,
  late        bigint NOT NULL,
  quarantined bigint NOT NULL,
  refused     bigint NOT NULL
) WITH (fillfactor = 60);

LOCK TABLE ledger IN SHARE MODE;  -- nobody writes between the sum and the end of this transaction
INSERT INTO source_total
SELECT source, sum(received), sum(stored), sum(duplicate), sum(late), sum(quarantined), sum(refused) FROM ledger GROUP BY source;
