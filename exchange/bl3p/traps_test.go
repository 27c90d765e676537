package bl3p_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// One test for each of the exchange's traps.

// parse reads one frame as that of a socket of BTC-EUR.
func parse(t *testing.T, frame string) (ticker.Update, error) {
	t.Helper()
	source := bl3p.New(nil)
	ms, err := source.Markets(t.Context())
	require.NoError(t, err)
	us, proves, err := source.Replay(ms)([]byte(frame), nil)
	require.Len(t, us, 1)
	assert.False(t, proves)
	return us[0], err
}

// fetch asks a server that answers with a status and a body.
func fetch(t *testing.T, status int, body string) (u ticker.Update, err error) {
	t.Helper()
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		b.server.Fail(1, simexchange.Body(status, "application/json", body))
		u, err = b.source.Fetch(t.Context(), b.list[0])
	})
	return u, err
}

func TestTickerIsNotWrapped(t *testing.T) {
	const bare = `{"currency":"BTC","last":1,"bid":2,"ask":3}`
	_, err := fetch(t, 200, bare)
	require.NoError(t, err)
	_, err = fetch(t, 200, `{"result":"success","data":`+bare+`}`)
	require.ErrorContains(t, err, "without a ticker")
}

func TestTickerNumbersAreExact(t *testing.T) {
	u, err := fetch(t, 200, `{"last":9007199254740.99301,"bid":0.00001,"ask":9500,"volume":{"24h":2.27372413,"30d":320.79375456}}`)
	require.NoError(t, err)
	assert.Equal(t, "9007199254740.99301", u.Trade.Price.String())
	assert.Equal(t, "0.00001", u.Quote.Bid.String())
	assert.Equal(t, "9500", u.Quote.Ask.String())
	assert.Equal(t, "2.27372413", u.Stats.Volume.String())
}

func TestTickerWithoutHighAndLow(t *testing.T) {
	u, err := fetch(t, 200, `{"currency":"BTC","last":1,"bid":2,"ask":3,"volume":{"24h":4,"30d":5}}`)
	require.NoError(t, err)
	assert.Equal(t, ticker.AllGroups, u.Groups)
	assert.Equal(t, ticker.Stats{Volume: decimal.MustParse("4")}, u.Stats)
}

func TestCurrencyIsTheBase(t *testing.T) {
	_, err := fetch(t, 200, `{"currency":"BTC","last":1}`)
	require.NoError(t, err)
	for _, other := range []string{"EUR", "LTC", "BTCEUR"} {
		_, err = fetch(t, 200, `{"currency":"`+other+`","last":1}`)
		require.ErrorContains(t, err, "answer is about")
	}
}

// TestTimestampIsTheAnswers: it says nothing of when anything was traded.
func TestTimestampIsTheAnswers(t *testing.T) {
	u, err := fetch(t, 200, `{"last":1,"bid":2,"ask":3,"timestamp":1643372789}`)
	require.NoError(t, err)
	assert.Zero(t, u.Trade.Time)
	assert.Zero(t, u.Quote.Time)
	assert.Zero(t, u.Stats.Time)
}

// TestSecondsNotMilliseconds: a date is in seconds here, in milliseconds in the
// REST trades. What cannot be seconds is no time, and costs no trade.
func TestSecondsNotMilliseconds(t *testing.T) {
	u, err := parse(t, `{"date":1573929093,"price_int":5,"amount_int":1}`)
	require.NoError(t, err)
	assert.Equal(t, "2019-11-16T18:31:33Z", u.Trade.Time.Format(time.RFC3339))
	u, err = parse(t, `{"date":1573929093000,"price_int":5,"amount_int":1}`)
	require.ErrorContains(t, err, "no time")
	assert.Zero(t, u.Trade.Time)
	assert.Equal(t, "0.00005", u.Trade.Price.String())
}

// TestUnits: whole numbers on the stream, of different parts of one, and numbers
// with decimals in REST, are equal where they mean the same.
func TestUnits(t *testing.T) {
	u, err := parse(t, `{"price_int":765231000,"amount_int":30000000}`)
	require.NoError(t, err)
	v, err := fetch(t, 200, `{"last":7652.31}`)
	require.NoError(t, err)
	assert.Equal(t, u.Trade.Price, v.Trade.Price)
	assert.Equal(t, "0.3", u.Trade.Size.String())
}

func TestErrorsWithStatus200And4xx(t *testing.T) {
	for _, status := range []int{200, 400, 404} {
		_, err := fetch(t, status, `{"result":"error","data":{"code":"UNKNOWN_MARKETPLACE","message":"?"}}`)
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
		_, err = fetch(t, status, `{"result":"error","data":{"code":"LIMIT_REACHED"}}`)
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		for _, code := range []string{"UNKNOWN_PATH", "UNKNOWN_ERROR", "", "NEW_ONE"} {
			_, err = fetch(t, status, `{"result":"error","data":{"code":"`+code+`"}}`)
			require.Error(t, err)
			require.NotErrorIs(t, err, exchange.ErrUnknownMarket)
			assert.False(t, exchange.IsPermanent(err))
		}
	}
}

// TestLimitPauses: one that a body tells stops further requests for a while.
func TestLimitPauses(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		b.server.Fail(1, simexchange.Body(200, "", `{"result":"error","data":{"code":"LIMIT_REACHED"}}`))
		_, err := b.source.Fetch(t.Context(), b.list[0])
		require.Error(t, err)
		start := time.Now()
		_, err = b.source.Fetch(t.Context(), b.list[0])
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), time.Second)
	})
}

// Test600RequestsInTenMinutes: the server refuses the 601st.
func Test600RequestsInTenMinutes(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		start := time.Now()
		for range 1500 {
			_, err := b.source.Fetch(t.Context(), b.list[0])
			require.NoError(t, err)
		}
		assert.Less(t, time.Since(start), 26*time.Minute)
		o := b.server.Options()
		o.Budget = exchange.NewBudget(100, 1000)
		hasty := bl3p.New(&bl3p.Options{Options: o})
		var err error
		for n := 0; n < 20 && err == nil; n++ {
			_, err = hasty.Fetch(t.Context(), b.list[0])
		}
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
	})
}

// TestURLIsTheSubscription: two sockets a market, no trailing slash (which is
// answered with 400), and not a frame is sent.
func TestURLIsTheSubscription(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		stream := b.connect(t)
		assert.Equal(t, []string{"/1/BTCEUR/trades", "/1/BTCEUR/orderbook", "/1/LTCEUR/trades", "/1/LTCEUR/orderbook"}, b.dialled())
		time.Sleep(time.Hour)
		require.NoError(t, stream.Close())
		assert.Zero(t, b.server.Counts().Received)
		o := b.server.Options()
		_, err := o.Connect(t.Context(), b.server.WebSocketURL()+"/BTCEUR/trades/")
		var status *exchange.StatusError
		require.ErrorAs(t, err, &status)
		assert.Equal(t, http.StatusBadRequest, status.Status)
	})
}

// TestNothingIsAcknowledged: so Connect waits until both sockets have begun; what
// one of them tells meanwhile is kept, with the time at which it was read.
func TestNothingIsAcknowledged(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		start := time.Now()
		go func() {
			time.Sleep(300 * time.Millisecond)
			b.server.Quote("BTC-EUR", "8", "9")
			time.Sleep(300 * time.Millisecond)
			b.server.Quote("BTC-EUR", "7", "9")
		}()
		stream := b.connect(t)
		assert.Equal(t, time.Second, time.Since(start))
		for i, bid := range []string{"8", "7"} {
			us, err := stream.Read(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, bid, us[0].Quote.Bid.String())
			assert.Equal(t, time.Duration(i+1)*300*time.Millisecond, us[0].Quote.Received.Sub(start))
		}
	})
}

// TestMarketplaceMayBeAbsent, as in 2018; it is the socket's then.
func TestMarketplaceMayBeAbsent(t *testing.T) {
	u, err := parse(t, `{"date":1573929093,"price_int":5,"amount_int":1,"type":"sell"}`)
	require.NoError(t, err)
	assert.Equal(t, ticker.Market("BTC-EUR"), u.Market)
	u, err = parse(t, `{"asks":[{"price_int":6,"amount_int":2}],"bids":[{"price_int":5,"amount_int":1}]}`)
	require.NoError(t, err)
	assert.Equal(t, ticker.Market("BTC-EUR"), u.Market)
}

// TestEqualTradesInOneSecond: there is nothing to know a doubled one by, and each
// is told.
func TestEqualTradesInOneSecond(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		stream := b.connect(t)
		for _, price := range []string{"5", "4.9", "4.9", "5"} {
			b.server.Trade("BTC-EUR", price)
			us, err := stream.Read(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, price, us[0].Trade.Price.String())
			assert.Zero(t, us[0].Trade.Key)
		}
	})
}

func TestBookInAnyOrder(t *testing.T) {
	rows := []string{
		`{"price_int":300000,"amount_int":3,"count":1}`, `{"price_int":100000,"amount_int":1}`,
		`{"amount_int":4,"price_int":400000}`, `{"price_int":200000,"amount_int":2}`,
	}
	for range rows {
		rows = append(rows[1:], rows[0])
		side := "[" + strings.Join(rows, ",") + "]"
		u, err := parse(t, `{"asks":`+side+`,"bids":`+side+`}`)
		require.NoError(t, err)
		assert.Equal(t, "4", u.Quote.Bid.String())
		assert.Equal(t, "0.00000004", u.Quote.BidSize.String())
		assert.Equal(t, "1", u.Quote.Ask.String())
		assert.Equal(t, "0.00000001", u.Quote.AskSize.String())
	}
}

// TestSilenceIsNormal: three quarters of an hour without a frame, and more.
func TestSilenceIsNormal(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		book, end := b.run(t)
		time.Sleep(3 * time.Hour)
		assert.Equal(t, 4, b.server.Counts().Opened)
		assert.Zero(t, book.Status().Reconnects)
		b.server.Trade("BTC-EUR", "5")
		synctest.Wait()
		time.Sleep(time.Second)
		trade, err := book.Trade("BTC-EUR", 2*time.Second)
		require.NoError(t, err)
		assert.Equal(t, "5", trade.Price.String())
		end()
	})
}

// TestAbnormalClosure: connections end without a close frame after hours.
func TestAbnormalClosure(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		book, end := b.run(t)
		b.server.Drop("BTC-EUR")
		time.Sleep(5 * time.Second)
		assert.Equal(t, 6, b.server.Counts().Opened, "LTC-EUR's are others")
		assert.Equal(t, 1, book.Status().Reconnects)
		require.ErrorContains(t, book.Status().LastError, "bl3p: BTCEUR/")
		end()
	})
}

// TestMarketThatIsGone, as LTC-EUR since 2022: it is refused by name, and the
// others are known.
func TestMarketThatIsGone(t *testing.T) {
	for _, ok := range []bool{false, true} {
		bubble(t, simexchange.Config{}, &ok, func(t *testing.T, b *bench) {
			b.server.Delist("LTC-EUR")
			_, err := b.source.Fetch(t.Context(), b.list[1])
			require.ErrorIs(t, err, exchange.ErrUnknownMarket)
			book, end := b.run(t)
			st := book.Status()
			assert.Contains(t, st.Refused, ticker.Market("LTC-EUR"))
			_, known := book.Get("BTC-EUR")
			assert.True(t, known)
			b.server.List("LTC-EUR") // it is asked for again, some day
			time.Sleep(11 * time.Minute)
			b.server.Trade("LTC-EUR", "5")
			time.Sleep(time.Second)
			trade, err := book.Trade("LTC-EUR", 2*time.Second)
			require.NoError(t, err)
			assert.Equal(t, "5", trade.Price.String())
			end()
		})
	}
}
