module github.com/tickersync/tickersync

go 1.26.0

require (
	github.com/govalues/decimal v0.1.36
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
	golang.org/x/time v0.16.0
	nhooyr.io/websocket v1.8.17
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
