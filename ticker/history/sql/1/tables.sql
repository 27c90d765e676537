-- Version 1 of the history's schema. {{PARTITION}} is PARTITION BY RANGE (ts), or
-- nothing where TimescaleDB cuts the tables into days.
--
-- Times are those of the recording machine's clock, but for the columns named time,
-- which are the exchange's. Prices are in quote currency, sizes in base currency;
-- NULL is "not reported", never zero.

-- setup has one row: what this schema is.
CREATE TABLE tickersync.setup (
	one            boolean PRIMARY KEY DEFAULT true CHECK (one),
	version        int NOT NULL,
	layout         text NOT NULL CHECK (layout IN ('native', 'timescale')),
	why            text NOT NULL,     -- why this layout
	keep           interval,          -- Maintain drops whole days older than this; NULL: keeps all
	compress_after interval,          -- TimescaleDB compresses chunks older than this; NULL: none
	ahead          int NOT NULL       -- native: days that Maintain makes ahead
);
COMMENT ON TABLE tickersync.setup IS 'tickersync history';

-- recorder is who writes: its name, and how much of its spool is in the database.
CREATE TABLE tickersync.recorder (
	recorder_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name        text NOT NULL UNIQUE,
	pos         bigint NOT NULL DEFAULT 0, -- the last seq that is here; moved in the transaction that writes the rows
	at          timestamptz NOT NULL DEFAULT now(),
	spool       text,        -- who writes: the last spool that claimed it; any other is refused
	ts          timestamptz  -- the last ts that is here, and up to when changes are known to have been recorded
);

-- spool is how much of a local spool is here: all of the sessions before, and of
-- this one the batches up to that.
CREATE TABLE tickersync.spool (
	recorder_id int NOT NULL,
	spool       text NOT NULL,
	session     bigint NOT NULL DEFAULT 0,
	batch       bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (recorder_id, spool)
);

-- series is one market of one exchange as one recorder writes it. Two recorders
-- may record the same exchange: each has series of its own.
CREATE TABLE tickersync.series (
	series_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recorder_id int NOT NULL REFERENCES tickersync.recorder,
	exchange    text NOT NULL,
	market      text NOT NULL,
	UNIQUE (market, exchange, recorder_id)
);

-- link is one unbroken connection to an exchange. A group whose row names a link
-- is as fresh as the link: its AsOf at a later moment is the later of as_of and
-- what the link had been heard to say by then, less the delay of that group.
CREATE TABLE tickersync.link (
	link_id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recorder_id int NOT NULL REFERENCES tickersync.recorder,
	seq         bigint NOT NULL,      -- the recorder's own number for it
	exchange    text NOT NULL,
	opened      timestamptz NOT NULL,
	heard       timestamptz,          -- the newest of its lives' heard_to
	closed      timestamptz,          -- NULL: open, or the recorder was stopped before it knew
	why         text,                 -- why it was lost; NULL: open, or ended on purpose
	trade_delay interval NOT NULL DEFAULT '0',
	quote_delay interval NOT NULL DEFAULT '0',
	stats_delay interval NOT NULL DEFAULT '0',
	UNIQUE (recorder_id, seq)
) WITH (fillfactor = 50);

-- link_life says what a link had been heard to say at any moment t: of its row with
-- the latest since <= t, the earlier of heard_to and t - (since - heard_from). The
-- recorder extends heard_to once a second; it begins another row where the link
-- was silent in between, or its frames came later or sooner than before.
CREATE TABLE tickersync.link_life (
	link_id    int NOT NULL,
	since      timestamptz NOT NULL,  -- when heard_from was heard
	heard_from timestamptz NOT NULL,
	heard_to   timestamptz NOT NULL,
	PRIMARY KEY (link_id, since)
) WITH (fillfactor = 50);
CREATE INDEX ON tickersync.link_life (heard_to);

-- trade, quote and stats have a row for each change that a Book accepted: the
-- group's value from ts on, and what its AsOf moves with. A row with the value of
-- the one before says that only the latter changed. Within a recorder ts never
-- goes back, and within a series it rises with every row, as seq does.
CREATE TABLE tickersync.trade (
	ts        timestamptz NOT NULL,   -- when the Book took it in
	as_of     timestamptz NOT NULL,   -- up to when it was known to be the newest, at ts
	time      timestamptz,            -- the exchange's; NULL: it tells none
	received  timestamptz,            -- when it was read; NULL: ts
	seq       bigint NOT NULL,        -- place in the recorder's sequence
	key       bigint,                 -- the exchange's order key, as a signed number; NULL: it tells none
	epoch     bigint,                 -- keys compare within one; NULL: 0
	series_id int NOT NULL,
	link_id   int,                    -- as_of moves with this link; NULL: it stands still
	source    smallint NOT NULL,      -- 0 removed: nothing is known from here on; 1 stream, 2 REST, 3 warm
	kind      smallint NOT NULL,      -- how the stream tells it: 0 never, 1 every change, 2 throttled, 3 on trade
	price     numeric,
	size      numeric
) {{PARTITION}};

CREATE TABLE tickersync.quote (
	ts timestamptz NOT NULL, as_of timestamptz NOT NULL, time timestamptz, received timestamptz,
	seq bigint NOT NULL, key bigint, epoch bigint,
	series_id int NOT NULL, link_id int, source smallint NOT NULL, kind smallint NOT NULL,
	bid       numeric,
	bid_size  numeric,
	ask       numeric,
	ask_size  numeric
) {{PARTITION}};

CREATE TABLE tickersync.stats (
	ts timestamptz NOT NULL, as_of timestamptz NOT NULL, time timestamptz, received timestamptz,
	seq bigint NOT NULL, key bigint, epoch bigint,
	series_id int NOT NULL, link_id int, source smallint NOT NULL, kind smallint NOT NULL,
	open      numeric,
	high      numeric,
	low       numeric,
	volume    numeric
) {{PARTITION}};

-- The newest row of each series: the one with the highest seq, whatever the clock did.
CREATE TABLE tickersync.trade_latest (LIKE tickersync.trade, PRIMARY KEY (series_id)) WITH (fillfactor = 50);
CREATE TABLE tickersync.quote_latest (LIKE tickersync.quote, PRIMARY KEY (series_id)) WITH (fillfactor = 50);
CREATE TABLE tickersync.stats_latest (LIKE tickersync.stats, PRIMARY KEY (series_id)) WITH (fillfactor = 50);

-- gap is a time of which changes are missing: lost, or never seen.
CREATE TABLE tickersync.gap (
	gap_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recorder_id int NOT NULL REFERENCES tickersync.recorder,
	seq         bigint NOT NULL,      -- the recorder's own number for it
	exchange    text,                 -- NULL: all that the recorder records
	link_id     int,                  -- the link that was lost: only its markets are concerned
	since       timestamptz NOT NULL,
	until       timestamptz,          -- NULL: not over
	reason      text NOT NULL,        -- behind, down, stopped, full
	skipped     bigint,               -- changes lost, where they could be counted
	note        text
);
CREATE INDEX ON tickersync.gap (since);
CREATE INDEX ON tickersync.gap (recorder_id, seq);
CREATE INDEX trade_series_ts ON tickersync.trade (series_id, ts);
CREATE INDEX quote_series_ts ON tickersync.quote (series_id, ts);
CREATE INDEX stats_series_ts ON tickersync.stats (series_id, ts);
CREATE INDEX trade_ts_brin ON tickersync.trade USING brin (ts) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX quote_ts_brin ON tickersync.quote USING brin (ts) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX stats_ts_brin ON tickersync.stats USING brin (ts) WITH (pages_per_range = 32, autosummarize = on);
