-- Views of what is known now, one row for each exchange and market. Where two
-- recorders record one exchange, the fresher row is taken. as_of and age are
-- computed from what each link was last heard to say: at most a second behind
-- the Book's, which was told by it.

CREATE VIEW tickersync.trade_now AS
SELECT DISTINCT ON (s.market, s.exchange)
	s.exchange, s.market, t.price, t.size, t.time, coalesce(t.received, t.ts) AS received,
	greatest(t.as_of, l.heard - l.trade_delay) AS as_of, now() - greatest(t.as_of, l.heard - l.trade_delay) AS age,
	(ARRAY['stream', 'rest', 'warm'])[t.source] AS source,
	(ARRAY['never', 'every change', 'throttled', 'on trade'])[t.kind + 1] AS kind, t.key, t.epoch, t.ts
FROM tickersync.trade_latest t JOIN tickersync.series s USING (series_id) LEFT JOIN tickersync.link l USING (link_id)
WHERE t.source <> 0
ORDER BY s.market, s.exchange, greatest(t.as_of, l.heard - l.trade_delay) DESC, s.series_id;

CREATE VIEW tickersync.quote_now AS
SELECT DISTINCT ON (s.market, s.exchange)
	s.exchange, s.market, q.bid, q.bid_size, q.ask, q.ask_size, q.time, coalesce(q.received, q.ts) AS received,
	greatest(q.as_of, l.heard - l.quote_delay) AS as_of, now() - greatest(q.as_of, l.heard - l.quote_delay) AS age,
	(ARRAY['stream', 'rest', 'warm'])[q.source] AS source,
	(ARRAY['never', 'every change', 'throttled', 'on trade'])[q.kind + 1] AS kind, q.key, q.epoch, q.ts
FROM tickersync.quote_latest q JOIN tickersync.series s USING (series_id) LEFT JOIN tickersync.link l USING (link_id)
WHERE q.source <> 0
ORDER BY s.market, s.exchange, greatest(q.as_of, l.heard - l.quote_delay) DESC, s.series_id;

CREATE VIEW tickersync.stats_now AS
SELECT DISTINCT ON (s.market, s.exchange)
	s.exchange, s.market, d.open, d.high, d.low, d.volume, d.time, coalesce(d.received, d.ts) AS received,
	greatest(d.as_of, l.heard - l.stats_delay) AS as_of, now() - greatest(d.as_of, l.heard - l.stats_delay) AS age,
	(ARRAY['stream', 'rest', 'warm'])[d.source] AS source,
	(ARRAY['never', 'every change', 'throttled', 'on trade'])[d.kind + 1] AS kind, d.key, d.epoch, d.ts
FROM tickersync.stats_latest d JOIN tickersync.series s USING (series_id) LEFT JOIN tickersync.link l USING (link_id)
WHERE d.source <> 0
ORDER BY s.market, s.exchange, greatest(d.as_of, l.heard - l.stats_delay) DESC, s.series_id;

-- latest is all three groups side by side, for people.
CREATE VIEW tickersync.latest AS
SELECT exchange, market, t.price, q.bid, q.ask, q.bid_size, q.ask_size, d.volume,
	t.age AS trade_age, q.age AS quote_age, d.age AS stats_age
FROM tickersync.trade_now t FULL JOIN tickersync.quote_now q USING (exchange, market)
	FULL JOIN tickersync.stats_now d USING (exchange, market)
ORDER BY exchange, market;

-- gaps are the times of which changes are missing, for people.
CREATE VIEW tickersync.gaps AS
SELECT r.name AS recorder, coalesce(g.exchange, 'all') AS exchange, g.since, g.until,
	coalesce(g.until, now()) - g.since AS length, g.reason, g.skipped, g.note
FROM tickersync.gap g JOIN tickersync.recorder r USING (recorder_id)
ORDER BY g.since, g.gap_id;
