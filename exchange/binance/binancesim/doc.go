// Package binancesim serves Binance's spot market data, simulated.
//
// NewServer is to this exchange what httptest.NewServer is to a handler:
//
//	server := binancesim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	o := server.Options()
//	source := binance.New(&o)
//
// It refuses what the exchange refuses: more than five messages a second and more
// than 1,024 streams end a connection, a message of over 4,096 bytes is never
// answered, nor anything after it; REST counts weight. It accepts what the
// exchange accepts: subscriptions to symbols that do not exist, which stay silent.
// Its BTCUSDT is told each second, if it is listed or not, as the real one always is.
package binancesim
