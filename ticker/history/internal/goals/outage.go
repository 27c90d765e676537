package main

import "context"

func outage(ctx context.Context, t *table, s *server, c config) error { return nil }
