module github.com/tickersync/tickersync/internal/bench

go 1.26.0

replace github.com/tickersync/tickersync => ../..

require (
	github.com/adshao/go-binance/v2 v2.8.7
	github.com/buger/jsonparser v1.6.1
	github.com/coder/websocket v1.8.15
	github.com/gorilla/websocket v1.5.3
	github.com/govalues/decimal v0.1.36
	github.com/stretchr/testify v1.12.1
	github.com/tickersync/tickersync v0.0.0-00010101000000-000000000000
	github.com/valyala/fastjson v1.6.10
	go.uber.org/goleak v1.3.0
	golang.org/x/time v0.16.0
	nhooyr.io/websocket v1.8.17
)

require (
	github.com/bitly/go-simplejson v0.5.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jpillora/backoff v1.0.0 // indirect
	github.com/kr/text v0.2.0 // indirect
	github.com/shopspring/decimal v1.4.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
