package exchangetest_test

import (
	"testing"

	"github.com/tickersync/tickersync/exchange/exchangetest"
)

func TestLawsNotebook(t *testing.T) {
	exchangetest.Test(t, exchangetest.Config{New: notebook})
}

func TestLawsKeyed(t *testing.T) {
	exchangetest.Test(t, exchangetest.Config{New: ofVariant(false)})
}

func TestLawsKeyless(t *testing.T) {
	exchangetest.Test(t, exchangetest.Config{New: ofVariant(true)})
}
