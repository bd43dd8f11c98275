-- Where hits are partitioned: those of years nobody expects.
CREATE TABLE hits_before PARTITION OF hits FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE TABLE hits_after PARTITION OF hits FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE);
