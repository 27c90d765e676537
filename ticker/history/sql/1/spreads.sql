-- spreads are the pairs of exchanges where one's bid beats the other's ask by more
-- than the fees of both, of each market now: what arbitrage.Find finds. fees are
-- by exchange ('{"kraken": 0.0026}'), and fee is that of the others, as shares of
-- the amount. A quote is used where both sides are told, its as_of is at most
-- max_age ago, and those of a pair are at most max_apart apart; one that is warm,
-- read from a file of an earlier run, never is.
CREATE FUNCTION tickersync.spreads(
	fees jsonb DEFAULT '{}', fee numeric DEFAULT 0.0025,
	max_age interval DEFAULT '1 minute', max_apart interval DEFAULT '5 seconds')
RETURNS TABLE (market text, buy_from text, ask numeric, ask_size numeric, buy_as_of timestamptz,
	sell_to text, bid numeric, bid_size numeric, sell_as_of timestamptz,
	spread numeric, percent numeric, net numeric, net_percent numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH fresh AS (
	SELECT DISTINCT ON (s.market, s.exchange) s.market, s.exchange, q.bid, q.bid_size, q.ask, q.ask_size, q.source,
		greatest(q.as_of, l.heard - l.quote_delay) AS as_of,
		coalesce((spreads.fees ->> s.exchange)::numeric, spreads.fee) AS fee
	FROM tickersync.quote_latest q JOIN tickersync.series s USING (series_id) LEFT JOIN tickersync.link l USING (link_id)
	WHERE q.source <> 0 AND greatest(q.as_of, l.heard - l.quote_delay) >= now() - spreads.max_age
	ORDER BY s.market, s.exchange, greatest(q.as_of, l.heard - l.quote_delay) DESC, s.series_id
), q AS (
	SELECT f.*, f.bid * (1 - f.fee) AS sold, f.ask * (1 + f.fee) AS bought
	FROM fresh f WHERE f.source <> 3 AND f.bid > 0 AND f.ask > 0 AND abs(f.fee) < 1
), paying AS (
	SELECT q.market FROM q GROUP BY q.market HAVING max(q.sold) > min(q.bought)
)
SELECT b.market, b.exchange, b.ask, b.ask_size, b.as_of, a.exchange, a.bid, a.bid_size, a.as_of,
	a.bid - b.ask, round((a.bid - b.ask) / b.ask * 100, 6), a.sold - b.bought, round((a.sold - b.bought) / b.ask * 100, 6)
FROM paying p JOIN q a ON a.market = p.market JOIN q b ON b.market = p.market
WHERE a.exchange <> b.exchange AND a.sold > b.bought
	AND a.as_of - b.as_of BETWEEN - spreads.max_apart AND spreads.max_apart
$$;

-- spread is spreads() with the talk's fee of 0.25 % everywhere, the widest first.
CREATE VIEW tickersync.spread AS SELECT * FROM tickersync.spreads() ORDER BY net_percent DESC;

-- quotes_at are the quotes as they were known at a moment of the past, with the
-- as_of that they had then.
CREATE FUNCTION tickersync.quotes_at(at timestamptz)
RETURNS TABLE (exchange text, market text, bid numeric, bid_size numeric, ask numeric, ask_size numeric,
	"time" timestamptz, as_of timestamptz, source text, ts timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT DISTINCT ON (s.market, s.exchange) s.exchange, s.market, q.bid, q.bid_size, q.ask, q.ask_size,
	q.time, greatest(q.as_of, h.heard - l.quote_delay), (ARRAY['stream', 'rest', 'warm'])[q.source], q.ts
FROM tickersync.series s
	CROSS JOIN LATERAL (SELECT * FROM tickersync.quote t WHERE t.series_id = s.series_id AND t.ts <= quotes_at.at
		ORDER BY t.ts DESC LIMIT 1) q
	LEFT JOIN tickersync.link l ON l.link_id = q.link_id
	LEFT JOIN LATERAL (SELECT least(f.heard_to, quotes_at.at - (f.since - f.heard_from)) AS heard
		FROM tickersync.link_life f WHERE f.link_id = q.link_id AND f.since <= quotes_at.at
		ORDER BY f.since DESC LIMIT 1) h ON true
WHERE q.source <> 0
ORDER BY s.market, s.exchange, greatest(q.as_of, h.heard - l.quote_delay) DESC, s.series_id
$$;

-- spreads_at are the spreads at a moment of the past.
CREATE FUNCTION tickersync.spreads_at(at timestamptz,
	fees jsonb DEFAULT '{}', fee numeric DEFAULT 0.0025,
	max_age interval DEFAULT '1 minute', max_apart interval DEFAULT '5 seconds')
RETURNS TABLE (market text, buy_from text, ask numeric, ask_size numeric, buy_as_of timestamptz,
	sell_to text, bid numeric, bid_size numeric, sell_as_of timestamptz,
	spread numeric, percent numeric, net numeric, net_percent numeric)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH q AS (
	SELECT f.*, f.bid * (1 - e.fee) AS sold, f.ask * (1 + e.fee) AS bought
	FROM tickersync.quotes_at(spreads_at.at) f
		CROSS JOIN LATERAL (SELECT coalesce((spreads_at.fees ->> f.exchange)::numeric, spreads_at.fee) AS fee) e
	WHERE f.source <> 'warm' AND f.as_of >= spreads_at.at - spreads_at.max_age
		AND f.bid > 0 AND f.ask > 0 AND abs(e.fee) < 1
), paying AS (
	SELECT q.market FROM q GROUP BY q.market HAVING max(q.sold) > min(q.bought)
)
SELECT b.market, b.exchange, b.ask, b.ask_size, b.as_of, a.exchange, a.bid, a.bid_size, a.as_of,
	a.bid - b.ask, round((a.bid - b.ask) / b.ask * 100, 6), a.sold - b.bought, round((a.sold - b.bought) / b.ask * 100, 6)
FROM paying p JOIN q a ON a.market = p.market JOIN q b ON b.market = p.market
WHERE a.exchange <> b.exchange AND a.sold > b.bought
	AND a.as_of - b.as_of BETWEEN - spreads_at.max_apart AND spreads_at.max_apart
$$;
