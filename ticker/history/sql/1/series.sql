-- trades_during are the trade prices of one market, a row a step in which one was
-- told: steps begin at multiples of step since 1970, in UTC.
CREATE FUNCTION tickersync.trades_during(exchange text, market text, since timestamptz, until timestamptz, step interval)
RETURNS TABLE (at timestamptz, open numeric, high numeric, low numeric, close numeric, changes bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT date_bin(trades_during.step, t.ts, 'epoch'), (array_agg(t.price ORDER BY t.ts))[1], max(t.price), min(t.price),
	(array_agg(t.price ORDER BY t.ts DESC))[1], count(*)
FROM tickersync.trade t JOIN tickersync.series s USING (series_id)
WHERE s.exchange = trades_during.exchange AND s.market = trades_during.market AND t.source <> 0 AND t.price IS NOT NULL
	AND t.ts >= trades_during.since AND t.ts < trades_during.until
GROUP BY 1 ORDER BY 1
$$;

-- quotes_during are the best bid and ask of one market: the last of each step, and
-- the highest bid and lowest ask in it.
CREATE FUNCTION tickersync.quotes_during(exchange text, market text, since timestamptz, until timestamptz, step interval)
RETURNS TABLE (at timestamptz, bid numeric, ask numeric, highest_bid numeric, lowest_ask numeric, changes bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT date_bin(quotes_during.step, q.ts, 'epoch'), (array_agg(q.bid ORDER BY q.ts DESC))[1], (array_agg(q.ask ORDER BY q.ts DESC))[1],
	max(q.bid), min(q.ask), count(*)
FROM tickersync.quote q JOIN tickersync.series s USING (series_id)
WHERE s.exchange = quotes_during.exchange AND s.market = quotes_during.market AND q.source <> 0
	AND q.ts >= quotes_during.since AND q.ts < quotes_during.until
GROUP BY 1 ORDER BY 1
$$;

-- coverage are the parts of a time in which the quote of a market was recorded and
-- live: at each moment of them its as_of, as it was known then, was at most
-- max_age ago, and no gap is noted.
CREATE FUNCTION tickersync.coverage(exchange text, market text, since timestamptz, until timestamptz,
	max_age interval DEFAULT '5 seconds')
RETURNS TABLE (since timestamptz, until timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE SET jit = off AS $$
WITH r AS (
	SELECT s.recorder_id, s.exchange, q.ts, q.as_of, q.link_id, q.source,
		lead(q.ts, 1, coverage.until) OVER (PARTITION BY s.series_id ORDER BY q.ts) AS next
	FROM tickersync.series s CROSS JOIN LATERAL (
		(SELECT t.* FROM tickersync.quote t WHERE t.series_id = s.series_id AND t.ts <= coverage.since ORDER BY t.ts DESC LIMIT 1)
		UNION ALL
		SELECT t.* FROM tickersync.quote t WHERE t.series_id = s.series_id AND t.ts > coverage.since AND t.ts < coverage.until
	) q
	WHERE s.exchange = coverage.exchange AND s.market = coverage.market
), life AS (
	SELECT f.*, l.quote_delay, coalesce(lead(f.since) OVER (PARTITION BY f.link_id ORDER BY f.since), 'infinity') AS next
	FROM tickersync.link_life f JOIN tickersync.link l USING (link_id)
	WHERE f.link_id IN (SELECT r.link_id FROM r)
), held AS (
	-- By what the row itself says.
	SELECT r.recorder_id, r.ts AS a, least(r.next, r.as_of + coverage.max_age) AS z FROM r WHERE r.source <> 0
	UNION ALL
	-- By what its link said while it held. A life that came later than max_age keeps nothing fresh.
	SELECT r.recorder_id, greatest(r.ts, f.since), least(r.next, f.next, f.heard_to - f.quote_delay + coverage.max_age)
	FROM r JOIN life f USING (link_id)
	WHERE r.source <> 0 AND f.since - f.heard_from + f.quote_delay <= coverage.max_age
), fresh AS (
	SELECT h.recorder_id, range_agg(tstzrange(greatest(h.a, coverage.since), least(h.z, coverage.until))) AS times
	FROM held h WHERE greatest(h.a, coverage.since) < least(h.z, coverage.until) GROUP BY 1
), missing AS (
	SELECT g.recorder_id, range_agg(tstzrange(g.since, g.until)) AS times
	FROM tickersync.gap g
	WHERE g.link_id IS NULL AND (g.exchange IS NULL OR g.exchange = coverage.exchange) AND (g.until IS NULL OR g.until > g.since)
		AND g.since < coverage.until AND (g.until IS NULL OR g.until > coverage.since) GROUP BY 1
)
SELECT lower(t), upper(t) FROM (
	SELECT unnest(range_agg(x)) AS t
	FROM fresh LEFT JOIN missing USING (recorder_id),
		LATERAL unnest(fresh.times - coalesce(missing.times, '{}'::tstzmultirange)) x
) u ORDER BY 1
$$;
