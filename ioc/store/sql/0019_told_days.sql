-- Most instants that are told are days: what tells one for sure is read first, and not by way of the function that catches what is no day.
CREATE OR REPLACE FUNCTION told_instant(told text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN length(told) = 10 AND told ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$'
      THEN ((told::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh') - interval '1 microsecond'
    WHEN told ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?([Zz]|[+-](0[0-9]|1[0-4]):[0-5][0-9])$' THEN told::timestamptz
    WHEN told ~ '^[12][0-9]{3}-[0-9][0-9]-[0-9][0-9]([Tt][0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]{1,9})?)?([Zz]|[+-][0-9][0-9]:[0-9][0-9]))?$' THEN told_instant_slowly(told)
  END
$$;
