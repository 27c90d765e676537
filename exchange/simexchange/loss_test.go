package simexchange_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
)

func TestLose(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Lose(1, "BTC-LTC")
		server.Trade("BTC-ETH", "1")
		server.Trade("BTC-LTC", "2") // lost
		server.Trade("BTC-LTC", "3")
		server.Lose(1)
		server.Trade("BTC-ETH", "4") // lost
		server.Trade("BTC-ETH", "5")
		got, err := s.prices()
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "3", "5"}, got)
		truth, _ := server.Truth("BTC-LTC")
		assert.Equal(t, "3", truth.Trade.Price.String())
	})
}

func TestLoseUpdate(t *testing.T) {
	bubble(t, simexchange.Config{Seed: 1}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.LoseUpdate(0.1)
		for i := range 1000 {
			server.Trade("BTC-LTC", fmt.Sprint(i+1))
		}
		server.LoseUpdate(0)
		server.Trade("BTC-LTC", "1001")
		got, err := s.prices()
		require.NoError(t, err)
		lost := server.Counts().Lost
		assert.InDelta(t, 100, lost, 30)
		assert.Len(t, got, 1001-lost)
		assert.Equal(t, "1001", got[len(got)-1])
		truth, _ := server.Truth("BTC-LTC")
		assert.Equal(t, "1001", truth.Trade.Price.String())
		server.LoseUpdate(1)
		server.Tick("BTC-LTC", "BTC-ETH")
		assert.Equal(t, lost+2, server.Counts().Lost, "each market's part of a message is an update")
	})
}
