-- spreads_during are the spreads at each step of a time past: at since, since + step
-- and so on, until excluded. What opened and closed between two steps is not seen.
CREATE FUNCTION tickersync.spreads_during(since timestamptz, until timestamptz, step interval DEFAULT '1 second',
	fees jsonb DEFAULT '{}', fee numeric DEFAULT 0.0025,
	max_age interval DEFAULT '1 minute', max_apart interval DEFAULT '5 seconds')
RETURNS TABLE (at timestamptz, market text, buy_from text, ask numeric, ask_size numeric, buy_as_of timestamptz,
	sell_to text, bid numeric, bid_size numeric, sell_as_of timestamptz,
	spread numeric, percent numeric, net numeric, net_percent numeric)
LANGUAGE sql STABLE PARALLEL SAFE
SET enable_nestloop = off -- how many rows a step makes cannot be estimated; joined by loops they take for ever
SET jit = off             -- which the costs that this pretends would call for
AS $$
WITH w AS (
	-- In microseconds, so that the steps are exact. n: how many steps there are.
	SELECT spreads_during.since AS since, spreads_during.until AS until, spreads_during.step AS step,
		(extract(epoch FROM spreads_during.step) * 1000000)::bigint AS us,
		ceil(extract(epoch FROM spreads_during.until - spreads_during.since) / extract(epoch FROM spreads_during.step))::bigint AS n
	WHERE spreads_during.step > '0'
), r AS (
	-- Each row, and the steps at which it holds: from i up to, not including, j.
	SELECT r.*, greatest(0, ceil(extract(epoch FROM r.ts - w.since) * 1000000 / w.us))::bigint AS i,
		least(w.n, ceil(extract(epoch FROM r.next - w.since) * 1000000 / w.us))::bigint AS j
	FROM w CROSS JOIN LATERAL (
		SELECT s.series_id, s.market, s.exchange, q.ts, q.as_of, q.link_id, q.source, q.bid, q.bid_size, q.ask, q.ask_size,
			lead(q.ts, 1, w.until) OVER (PARTITION BY s.series_id ORDER BY q.ts) AS next
		FROM tickersync.series s CROSS JOIN LATERAL (
			(SELECT t.* FROM tickersync.quote t WHERE t.series_id = s.series_id AND t.ts <= w.since ORDER BY t.ts DESC LIMIT 1)
			UNION ALL
			SELECT t.* FROM tickersync.quote t WHERE t.series_id = s.series_id AND t.ts > w.since AND t.ts < w.until
		) q
	) r
), life AS (
	-- Likewise what each link had been heard to say.
	SELECT f.link_id, f.since AS from_, f.heard_from, f.heard_to, l.quote_delay,
		greatest(0, ceil(extract(epoch FROM f.since - w.since) * 1000000 / w.us))::bigint AS i,
		least(w.n, ceil(extract(epoch FROM coalesce(lead(f.since) OVER (PARTITION BY f.link_id ORDER BY f.since), w.until) - w.since)
			* 1000000 / w.us))::bigint AS j
	FROM w, tickersync.link_life f JOIN tickersync.link l USING (link_id)
	WHERE f.since < w.until AND l.heard >= w.since - spreads_during.max_age
), heard AS MATERIALIZED (
	SELECT life.link_id, k, least(life.heard_to, w.since + k * w.step - (life.from_ - life.heard_from)) - life.quote_delay AS heard
	FROM w, life CROSS JOIN LATERAL generate_series(life.i, life.j - 1) k
), fresh AS (
	SELECT DISTINCT ON (r.market, r.exchange, k) r.market, r.exchange, k, r.bid, r.bid_size, r.ask, r.ask_size, r.source,
		greatest(r.as_of, h.heard) AS as_of
	FROM r CROSS JOIN LATERAL generate_series(r.i, r.j - 1) k
		LEFT JOIN heard h USING (link_id, k)
	WHERE r.source <> 0
	ORDER BY r.market, r.exchange, k, greatest(r.as_of, h.heard) DESC, r.series_id
), q AS MATERIALIZED (
	SELECT f.*, f.bid * (1 - e.fee) AS sold, f.ask * (1 + e.fee) AS bought
	FROM w, fresh f
		CROSS JOIN LATERAL (SELECT coalesce((spreads_during.fees ->> f.exchange)::numeric, spreads_during.fee) AS fee) e
	WHERE f.source <> 3 AND f.as_of >= w.since + f.k * w.step - spreads_during.max_age
		AND f.bid > 0 AND f.ask > 0 AND abs(e.fee) < 1
), paying AS (
	SELECT q.market, q.k FROM q GROUP BY q.market, q.k HAVING max(q.sold) > min(q.bought)
)
SELECT w.since + p.k * w.step, b.market, b.exchange, b.ask, b.ask_size, b.as_of, a.exchange, a.bid, a.bid_size, a.as_of,
	a.bid - b.ask, round((a.bid - b.ask) / b.ask * 100, 6), a.sold - b.bought, round((a.sold - b.bought) / b.ask * 100, 6)
FROM w, paying p JOIN q a USING (market, k) JOIN q b USING (market, k)
WHERE a.exchange <> b.exchange AND a.sold > b.bought
	AND a.as_of - b.as_of BETWEEN - spreads_during.max_apart AND spreads_during.max_apart
$$;
